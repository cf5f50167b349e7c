// What the page knows and shares between its views. A view changes it only through these functions, and
// hears of changes by `watch`.

import type { shard_figures, status, world, entities_in_view, entity } from "./api";

export type selection = { kind: "shard"; shard: number } | { kind: "entity"; id: string } | null;

export interface known {
  world: world;
  status: status | null;
  shards: shard_figures | null;
  entities: entities_in_view | null;
  followed: entity | null;
  selection: selection;
}

type listener = () => void;

let listeners: listener[] = [];
let facts: known | null = null;

export function begin(world: world): void {
  facts = { world, status: null, shards: null, entities: null, followed: null, selection: null };
}

export function now(): known {
  if (!facts) throw new Error("asked before the world was known");
  return facts;
}

export function change(part: Partial<known>): void {
  facts = { ...now(), ...part };
  for (const each of listeners) each();
}

export function select(selection: selection): void {
  change({ selection, followed: null });
}

export function watch(changed: listener): void {
  listeners = [...listeners, changed];
}
