// Keeps the live streams open, with what is in sight and nothing else; closes them while the page is hidden. There are
// two: looks into the shards may have to wait for their turn, and the state of the world must not wait with them.
// Says what is wrong when there is no connection, and goes on trying where that can help.

import { get, listen, refused, type live, type world } from "./api";
import { change, now, take } from "./state";

export type wish = Record<string, string | number>;

const first_wait_ms = 400;
const longest_wait_ms = 5000;
/** Several wishes that come at once, or while the map is dragged, become one question. */
const rest_ms = 120;

class stream {
  private wanted: wish | null = null;
  private asked = "";
  private running: AbortController | null = null;
  private resting = 0;

  constructor(
    private readonly heard: (event: live) => void,
    /** Called before each try, but for the first of a new wish while all is well. */
    private readonly before: () => Promise<void>,
    /** Whether to try again. */
    private readonly failed: (why: refused | null) => boolean,
  ) {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.close();
      else if (this.wanted) this.open();
    });
  }

  /** Null: nothing. May be said again and again: only another wish begins another rest. */
  want(what: wish | null): void {
    const text = JSON.stringify(what);
    if (text === JSON.stringify(this.wanted)) return;
    this.wanted = what;
    if (!what) return this.close();
    clearTimeout(this.resting);
    if (document.hidden || text === this.asked) return;
    this.resting = window.setTimeout(() => this.open(), this.asked === "" ? 0 : rest_ms);
  }

  private open(): void {
    this.close();
    this.asked = JSON.stringify(this.wanted);
    this.running = new AbortController();
    void this.keep_open(this.wanted ?? {}, this.running.signal);
  }

  private close(): void {
    clearTimeout(this.resting);
    this.running?.abort();
    this.running = null;
    this.asked = "";
  }

  private async keep_open(what: wish, signal: AbortSignal): Promise<void> {
    for (let wait_ms = first_wait_ms; !signal.aborted; wait_ms = Math.min(longest_wait_ms, 2 * wait_ms)) {
      try {
        await this.before();
        await listen(what, signal, (event) => {
          wait_ms = first_wait_ms;
          this.heard(event);
        });
      } catch (e) {
        if (signal.aborted || !this.failed(e instanceof refused ? e : null)) return;
      }
      if (!signal.aborted) await new Promise((done) => setTimeout(done, wait_ms));
    }
  }
}

const state_of_world = new stream(
  (event) => {
    if (now().connection.state !== "live") change({ connection: { state: "live", message: "" } });
    take(event);
  },
  async () => {
    if (now().connection.state !== "live") await look_for_another_world();
  },
  (why) => {
    const state = why === null ? "lost" : why.code === 401 ? "no_token" : "refused";
    change({ connection: { state, message: why?.message ?? "" } });
    return state !== "no_token";
  },
);

const looks = new stream(
  ({ entities, follow }) => take({ entities, follow }),
  async () => {},
  (why) => {
    if (why) change({ trouble: why.message });
    return true; // what is wrong with the connection is told by the other stream
  },
);

export function ask_for({ shards, ...look }: wish): void {
  state_of_world.want(shards === undefined ? {} : { shards });
  looks.want("view" in look || "follow" in look ? look : null);
}

/** What a page knows of one world says nothing of the next one at the same address. */
async function look_for_another_world(): Promise<void> {
  const found = await get<world>("/api/world");
  if (JSON.stringify(found) !== JSON.stringify(now().world)) location.reload();
}
