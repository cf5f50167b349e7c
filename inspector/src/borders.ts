// Which shards touch along a line, and what crosses there.

import type { shard_figures, world } from "./api";

/** A stretch of border, metres; `a` lies west or north of `b`. */
export interface border {
  a: number;
  b: number;
  x0: number;
  z0: number;
  x1: number;
  z1: number;
  length: number;
}

export interface crossing {
  /** Entities per tick, from a to b and back. */
  there: number;
  back: number;
  /** Ghosts that lie beyond the border: of b's entities in a, and of a's in b. */
  ghosts_in_a: number;
  ghosts_in_b: number;
}

export function borders_of(world: world): border[] {
  const size = world.cell_size_m;
  const found: border[] = [];
  const at_west = new Map<number, number[]>();
  const at_north = new Map<number, number[]>();
  world.shards.forEach(({ cells: [x0, z0] }, i) => {
    at_west.set(x0, [...(at_west.get(x0) ?? []), i]);
    at_north.set(z0, [...(at_north.get(z0) ?? []), i]);
  });
  world.shards.forEach(({ cells: [ax0, az0, ax1, az1] }, a) => {
    for (const b of at_west.get(ax1) ?? []) {
      const [, bz0, , bz1] = world.shards[b]!.cells;
      const z0 = Math.max(az0, bz0) * size;
      const z1 = Math.min(az1, bz1) * size;
      if (z1 > z0) found.push({ a, b, x0: ax1 * size, z0, x1: ax1 * size, z1, length: z1 - z0 });
    }
    for (const b of at_north.get(az1) ?? []) {
      const [bx0, , bx1] = world.shards[b]!.cells;
      const x0 = Math.max(ax0, bx0) * size;
      const x1 = Math.min(ax1, bx1) * size;
      if (x1 > x0) found.push({ a, b, x0, z0: az1 * size, x1, z1: az1 * size, length: x1 - x0 });
    }
  });
  return found;
}

/** What crosses each border in a tick. */
export function crossings_of(figures: shard_figures, borders: readonly border[], world: world): crossing[] {
  return borders.map(({ a, b }) => {
    const there = world.shards[a]!.neighbours.indexOf(b);
    const back = world.shards[b]!.neighbours.indexOf(a);
    return {
      there: figures.left_to[a]?.[there] ?? 0,
      back: figures.left_to[b]?.[back] ?? 0,
      ghosts_in_a: figures.ghosts_in[b]?.[back] ?? 0,
      ghosts_in_b: figures.ghosts_in[a]?.[there] ?? 0,
    };
  });
}
