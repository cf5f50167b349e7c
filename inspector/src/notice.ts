// A line at the foot of the page: what went wrong just now, or what was done.

import { by_id, set_text } from "./dom";

let timer = 0;

export function tell(text: string, kind: "good" | "bad" = "good"): void {
  const at = by_id("notice");
  at.dataset.kind = kind;
  set_text(at, text);
  at.hidden = false;
  clearTimeout(timer);
  timer = window.setTimeout(() => (at.hidden = true), kind === "bad" ? 9000 : 4000);
}

/** For promises of what a person asked for: what they throw is told. */
export function telling(done: Promise<unknown>): void {
  done.catch((e: unknown) => tell(e instanceof Error ? e.message : String(e), "bad"));
}
