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

/** What crosses each border in a tick. Where the server tells only sums of shards, they are spread over a shard's
    borders by length. */
export function crossings_of(figures: shard_figures, borders: readonly border[]): crossing[] {
  if (figures.flows) {
    const { from, to, left, ghosts } = figures.flows;
    const by_pair = new Map<string, { left: number; ghosts: number }>();
    from.forEach((f, i) => by_pair.set(`${f} ${to[i]}`, { left: left[i] ?? 0, ghosts: ghosts[i] ?? 0 }));
    return borders.map(({ a, b }) => {
      const there = by_pair.get(`${a} ${b}`);
      const back = by_pair.get(`${b} ${a}`);
      return {
        there: there?.left ?? 0,
        back: back?.left ?? 0,
        ghosts_in_a: back?.ghosts ?? 0,
        ghosts_in_b: there?.ghosts ?? 0,
      };
    });
  }
  const around = new Float64Array(figures.left.length);
  for (const { a, b, length } of borders) {
    around[a]! += length;
    around[b]! += length;
  }
  const part = (sums: number[], of: number, length: number) => ((sums[of] ?? 0) * length) / (around[of] || 1);
  return borders.map(({ a, b, length }) => ({
    there: part(figures.left, a, length),
    back: part(figures.left, b, length),
    ghosts_in_a: part(figures.ghosts, a, length),
    ghosts_in_b: part(figures.ghosts, b, length),
  }));
}
