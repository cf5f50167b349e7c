// What the page knows and shares between its views. It changes only through these functions; what changed is
// drawn once, with the next frame of the screen, and not at all while the page is hidden.

import type { entities_in_view, entity, live, shard_figures, status, world } from "./api";
import { is_failed } from "./api";

export type selection = { kind: "shard"; shard: number } | { kind: "entity"; id: string } | null;

export interface connection {
  state: "connecting" | "live" | "lost" | "refused" | "no_token";
  /** What the server said, where it said something; while live, why there is no state. */
  message: string;
}

/** Of the selected entity since it was selected. */
export interface track {
  entity: entity | null;
  tick: number;
  missing: boolean;
  trail: { x: number; z: number }[];
  crossings: { tick: number; from: number; to: number }[];
}

export interface known {
  world: world;
  connection: connection;
  status: status | null;
  shards: shard_figures | null;
  entities: entities_in_view | null;
  /** Why the shards do not tell of entities, if they do not. */
  trouble: string;
  track: track | null;
  /** Figures of the selected shard, oldest first. */
  shard_history: { tick: number; busy_ms: number; wait_ms: number }[];
  selection: selection;
}

const trail_points = 2400;
const history_points = 240;

let listeners: (() => void)[] = [];
let facts: known | null = null;
let drawing = false;

export function begin(world: world): void {
  facts = {
    world,
    connection: { state: "connecting", message: "" },
    status: null,
    shards: null,
    entities: null,
    trouble: "",
    track: null,
    shard_history: [],
    selection: null,
  };
}

export function has_begun(): boolean {
  return facts !== null;
}

export function now(): known {
  if (!facts) throw new Error("asked before the world was known");
  return facts;
}

export function change(part: Partial<known>): void {
  facts = { ...now(), ...part };
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    for (const each of listeners) each();
  });
}

export function watch(changed: () => void): void {
  listeners = [...listeners, changed];
}

export function same_selection(a: selection, b: selection): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export function select(selection: selection): void {
  if (same_selection(selection, now().selection)) return;
  const track =
    selection?.kind === "entity" ? { entity: null, tick: 0, missing: false, trail: [], crossings: [] } : null;
  change({ selection, track, shard_history: [] });
}

/** Takes in an event of the live stream. */
export function take(event: live): void {
  const part: Partial<known> = {};
  const failures: string[] = [];
  const { selection } = now();
  if (event.status) {
    const message = is_failed(event.status) ? event.status.error : "";
    if (message !== now().connection.message) part.connection = { ...now().connection, message };
    if (!is_failed(event.status)) part.status = event.status;
  }
  if (event.shards && !is_failed(event.shards)) {
    part.shards = event.shards;
    if (selection?.kind === "shard") part.shard_history = longer_history(event.shards, selection.shard);
  }
  if (event.entities) {
    if (is_failed(event.entities)) failures.push(event.entities.error);
    else part.entities = event.entities;
  }
  if (event.follow && selection?.kind === "entity") {
    if (is_failed(event.follow)) failures.push(event.follow.error);
    else {
      const found = event.follow.entities.find((e) => e.id === selection.id) ?? null;
      part.track = followed(found, event.follow.tick);
    }
  }
  if (event.entities || event.follow) part.trouble = failures[0] ?? "";
  change(part);
}

function longer_history(figures: shard_figures, shard: number): known["shard_history"] {
  const before = now().shard_history;
  if (before.at(-1)?.tick === figures.tick) return before;
  const newest = { tick: figures.tick, busy_ms: figures.busy_ms[shard] ?? 0, wait_ms: figures.wait_ms[shard] ?? 0 };
  return [...before, newest].slice(-history_points);
}

function followed(found: entity | null, tick: number): track | null {
  const before = now().track;
  if (!before) return null;
  if (!found) return { ...before, tick, missing: true };
  const last = before.entity;
  const crossings =
    last && last.shard !== found.shard
      ? [{ tick, from: last.shard, to: found.shard }, ...before.crossings]
      : before.crossings;
  const moved = !last || last.x_m !== found.x_m || last.z_m !== found.z_m;
  const trail = moved ? [...before.trail, { x: found.x_m, z: found.z_m }].slice(-trail_points) : before.trail;
  return { entity: found, tick, missing: false, trail, crossings };
}
