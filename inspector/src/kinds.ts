// Names and colours for kinds of entities, the sets of components that the server tells them apart by. A kind
// keeps its colour for as long as the page is open, whichever kinds are in view.

import { series } from "./colours";

const seen: string[] = [];

export function series_of_kind(kind: string): string {
  let at = seen.indexOf(kind);
  if (at < 0) at = seen.push(kind) - 1;
  return series(at);
}

/** "position+velocity+grazer" among other kinds: what it has and most others have not, "grazer". */
function name_of_kind(kind: string): string {
  const parts = kind.split("+").filter((c) => c !== "position");
  const held_by = (component: string) => seen.filter((other) => other.split("+").includes(component)).length;
  const fewest = Math.min(...parts.map(held_by));
  return parts.filter((c) => held_by(c) === fewest).join(", ") || "position only";
}

/** Each with its colour's name. */
export function kinds_in_view(kinds: readonly string[]): { name: string; series: string }[] {
  const all = kinds.map((kind) => ({ kind, series: series_of_kind(kind) }));
  return all.map(({ kind, series }) => ({ name: name_of_kind(kind), series }));
}
