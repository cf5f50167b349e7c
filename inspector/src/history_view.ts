// What of the world is on disk, and what would be lost or run again if it stopped now.

import { get, type history } from "./api";
import { cleared, make, set_text } from "./dom";
import { colour, on_scheme_change } from "./colours";
import { bytes, duration, grouped } from "./format";
import type { wish } from "./live";
import { polling } from "./polling";
import { now } from "./state";
import type { view } from "./view";

type kept = Extract<history, { kept: true }>;

const refresh_ms = 1000;
const most_samples = 600;
/** Growth is told of the last so many samples. */
const rate_samples = 30;

export class history_view implements view {
  readonly name = "history";
  readonly label = "History";
  readonly element: HTMLElement;
  private readonly not_kept = make(
    "div",
    { class: "empty", hidden: true },
    make("h2", {}, "This world is not kept"),
    make("p", {}, "It lives in memory only: there are no checkpoints and no journal, and it is gone when it ends."),
    make(
      "p",
      { class: "dim" },
      "To keep one, give it a directory: ",
      make("code", {}, "tessera run WORLD.toml --data DIRECTORY"),
    ),
  );
  private readonly line = make("canvas", { class: "graph watermark", role: "img" });
  private readonly growth = make("canvas", { class: "graph low", "aria-hidden": "true" });
  private readonly growth_says = make("p", { class: "dim" });
  private readonly cards = make("div", { class: "cards" });
  private readonly said = make("p", { class: "bad", role: "status" });
  private readonly body: HTMLElement;
  private readonly poll: polling;
  private newest: kept | null = null;
  private samples: { at_s: number; journal: number }[] = [];

  constructor() {
    this.body = make(
      "div",
      { hidden: true },
      make("div", { class: "panel" }, make("header", {}, make("h2", {}, "On disk, by tick")), this.line),
      this.cards,
      make(
        "div",
        { class: "panel" },
        make("header", {}, make("h2", {}, "Journal on disk while this view was in sight")),
        this.growth,
        this.growth_says,
      ),
    );
    this.element = make("section", { class: "view" }, this.said, this.not_kept, this.body);
    on_scheme_change(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.line);
    this.poll = new polling(
      refresh_ms,
      () => this.ask(),
      (why) => set_text(this.said, why instanceof TypeError ? "The server cannot be reached" : why.message),
    );
  }

  show(): void {
    this.not_kept.hidden = now().world.kept;
    if (now().world.kept) this.poll.start();
  }

  hide(): void {
    this.poll.stop();
    this.samples = []; // a gap would look like no growth
  }

  update(): void {}

  wishes(): wish {
    return {};
  }

  private async ask(): Promise<void> {
    const found = await get<history>("/api/history");
    if (!found.kept) return;
    set_text(this.said, "");
    this.newest = found;
    this.body.hidden = false;
    const sample = { at_s: performance.now() / 1000, journal: found.disk_bytes.journal ?? 0 };
    this.samples = [...this.samples, sample].slice(-most_samples);
    this.fill(found);
    this.draw();
  }

  private fill(h: kept): void {
    const hz = now().world.tick_rate_hz;
    const of_ticks = (ticks: number) => `${grouped(ticks)} ticks (${duration(ticks / hz)})`;
    const behind = h.durable_tick === null ? null : Math.max(0, h.complete_tick - h.durable_tick);
    const cards: [string, [string, string][]][] = [
      [
        "Watermark",
        [
          ["complete", `tick ${grouped(h.complete_tick)}`],
          ["durable", h.durable_tick === null ? "nothing yet" : `tick ${grouped(h.durable_tick)}`],
          ["a crash now loses", behind === null ? "all" : behind === 0 ? "nothing" : of_ticks(behind)],
        ],
      ],
      [
        "Checkpoints",
        [
          ["kept", grouped(h.checkpoints)],
          ["newest", h.checkpoint ? `tick ${grouped(h.checkpoint.tick)}` : "none yet"],
          ["its size", h.checkpoint ? bytes(h.checkpoint.bytes) : "–"],
          ["it took", h.checkpoint ? duration(h.checkpoint.seconds) : "–"],
          ["to run again", h.checkpoint ? of_ticks(Math.max(0, (h.durable_tick ?? 0) - h.checkpoint.tick)) : "–"],
        ],
      ],
      [
        "Last recovery",
        h.recovered_from === 0 && h.replayed_ticks === 0
          ? [["", "none: this run began the world"]]
          : [
              ["from the checkpoint of", `tick ${grouped(h.recovered_from)}`],
              ["run again", `${grouped(h.replayed_ticks)} ticks`],
              ["it took", duration(h.recovery_s)],
            ],
      ],
      ["On disk", Object.entries(h.disk_bytes).map(([what, size]) => [what, bytes(size)] as [string, string])],
    ];
    const markup = JSON.stringify(cards);
    if (this.cards.dataset.shown === markup) return;
    this.cards.dataset.shown = markup;
    this.cards.replaceChildren(
      ...cards.map(([title, facts]) =>
        make(
          "section",
          { class: "panel" },
          make("h2", {}, title),
          make(
            "dl",
            { class: "facts" },
            ...facts.map(([n, v]) => make("div", {}, make("dt", {}, n), make("dd", {}, v))),
          ),
        ),
      ),
    );
  }

  private draw(): void {
    if (!this.newest) return;
    this.draw_line(this.newest);
    this.draw_growth();
  }

  /** From the newest checkpoint to now: what would be read, what run again, what is lost. */
  private draw_line(h: kept): void {
    const c = cleared(this.line);
    if (!c) return;
    const { clientWidth: width } = this.line;
    const from = h.checkpoint?.tick ?? 0;
    const durable = h.durable_tick ?? from;
    const span = Math.max(1, h.complete_tick - from);
    const left = 12;
    const start = 90;
    const x = (tick: number) => start + ((width - start - 60) * (tick - from)) / span;
    const y = 46;
    const part = (x0: number, x1: number, of: string, name: string) => {
      if (x1 - x0 < 1) return;
      c.fillStyle = colour(of);
      c.beginPath();
      c.roundRect(x0, y - 7, Math.max(2, x1 - x0 - 2), 14, 4);
      c.fill();
      c.textAlign = "center";
      c.textBaseline = "bottom";
      c.fillStyle = colour("dim");
      if (c.measureText(name).width < x1 - x0 - 8) c.fillText(name, (x0 + x1) / 2, y - 12);
    };
    c.font = "12px system-ui, sans-serif";
    part(left, start, "quiet", "in the checkpoint");
    part(start, x(durable), "series-2", "durable in the journal");
    part(x(durable), x(h.complete_tick), "series-3", "not durable yet");
    const mark = (at: number, name: string, of: string, align: CanvasTextAlign) => {
      c.fillStyle = colour(of);
      c.fillRect(Math.round(at) - 1, y - 12, 2, 30);
      c.textAlign = align;
      c.textBaseline = "top";
      c.fillText(name, at + (align === "left" ? -2 : 2), y + 22);
    };
    mark(start, h.checkpoint ? `checkpoint ${grouped(from)}` : "begin 0", "text", "left");
    mark(x(h.complete_tick), `complete ${grouped(h.complete_tick)}`, "text", "right");
    if (x(durable) - start > 240 && x(h.complete_tick) - x(durable) > 220)
      mark(x(durable), `durable ${grouped(durable)}`, "series-2", "center" as const);
    this.line.setAttribute(
      "aria-label",
      `Checkpoint at tick ${from}, durable to ${durable}, complete to ${h.complete_tick}`,
    );
  }

  private draw_growth(): void {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    const c = cleared(this.growth);
    if (!c || !first || !last || this.samples.length < 2) return;
    const { clientWidth: width, clientHeight: height } = this.growth;
    const sizes = this.samples.map((s) => s.journal);
    const least = Math.min(...sizes);
    const range = Math.max(1, Math.max(...sizes) - least);
    const seconds = Math.max(60, last.at_s - first.at_s);
    const x = (at_s: number) => width - 8 - ((width - 16) * (last.at_s - at_s)) / seconds;
    const y = (size: number) => height - 10 - ((height - 20) * (size - least)) / range;
    c.strokeStyle = colour("series-2");
    c.lineWidth = 2;
    c.lineJoin = "round";
    c.beginPath();
    for (const s of this.samples) c.lineTo(x(s.at_s), y(s.journal));
    c.stroke();
    c.lineTo(x(last.at_s), height);
    c.lineTo(x(first.at_s), height);
    c.globalAlpha = 0.12;
    c.fillStyle = colour("series-2");
    c.fill();
    const before = this.samples.at(-rate_samples) ?? first;
    const rate = (last.journal - before.journal) / Math.max(1, last.at_s - before.at_s);
    const trend = rate < 0 ? "shrank: a checkpoint let go of what it covers" : `grows by ${bytes(rate)} per second`;
    set_text(this.growth_says, `From ${bytes(least)} to ${bytes(least + range)}; it ${trend}.`);
  }
}
