// Keeps the live stream open, with what is in sight and nothing else; closes it while the page is hidden.
// Says what is wrong when it cannot, and goes on trying where that can help.

import { get, listen, refused, type world } from "./api";
import { change, now, take } from "./state";

export type wish = Record<string, string | number>;

const first_wait_ms = 400;
const longest_wait_ms = 5000;
/** Several wishes that come at once, or while the map is dragged, become one question. */
const rest_ms = 120;

let wanted: wish = {};
let asked = "";
let running: AbortController | null = null;
let resting = 0;

export function ask_for(what: wish): void {
  wanted = what;
  if (document.hidden || JSON.stringify(what) === asked) return;
  clearTimeout(resting);
  resting = window.setTimeout(open, asked === "" ? 0 : rest_ms);
}

function open(): void {
  close();
  asked = JSON.stringify(wanted);
  running = new AbortController();
  void keep_open(wanted, running.signal);
}

function close(): void {
  clearTimeout(resting);
  running?.abort();
  running = null;
  asked = "";
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else if (Object.keys(wanted).length > 0) open();
});

async function keep_open(what: wish, signal: AbortSignal): Promise<void> {
  for (let wait_ms = first_wait_ms; !signal.aborted; wait_ms = Math.min(longest_wait_ms, 2 * wait_ms)) {
    try {
      if (now().connection.state !== "live") await look_for_another_world();
      await listen(what, signal, (event) => {
        wait_ms = first_wait_ms;
        if (now().connection.state !== "live") change({ connection: { state: "live", message: "" } });
        take(event);
      });
    } catch (e) {
      if (signal.aborted) return;
      if (e instanceof refused && e.code === 401) {
        change({ connection: { state: "no_token", message: e.message } });
        return;
      }
      if (e instanceof refused) change({ connection: { state: "refused", message: e.message } });
      else change({ connection: { state: "lost", message: "" } });
    }
    if (signal.aborted) return;
    await new Promise((done) => setTimeout(done, wait_ms));
  }
}

/** What a page knows of one world says nothing of the next one at the same address. */
async function look_for_another_world(): Promise<void> {
  const found = await get<world>("/api/world");
  if (JSON.stringify(found) !== JSON.stringify(now().world)) location.reload();
}
