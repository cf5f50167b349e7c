// The last 600 ticks: how long the slowest shard of each took, how far apart they were, what systems took. One tick
// can be pointed at or pinned.

import { get, post, type frames } from "./api";
import { begin_plot, level, tick_axis, type plot } from "./chart";
import { colour, on_scheme_change, series, series_count } from "./colours";
import { cleared, make, set_text } from "./dom";
import { ascending, grouped, milliseconds, percentile, short } from "./format";
import { figures_of_systems, frame_history, most_ticks, type frame, type system_figures } from "./frame_history";
import type { wish } from "./live";
import { tell } from "./notice";
import { polling } from "./polling";
import { select } from "./state";
import type { view } from "./view";

const refresh_ms = 400;
const watch_s = 10;
const watch_again_ms = 6000;
const axis_room = 22;

export class time_view implements view {
  readonly name = "time";
  readonly label = "Time";
  readonly element: HTMLElement;
  private readonly history = new frame_history();
  private readonly busy = make("canvas", {
    class: "graph tall",
    tabindex: 0,
    role: "application",
    "aria-label": "Time of ticks",
  });
  private readonly apart = make("canvas", { class: "graph low", "aria-hidden": "true" });
  private readonly stacked = make("canvas", { class: "graph tall", "aria-hidden": "true" });
  private readonly tiles = make("dl", { class: "tiles" });
  private readonly tile_values: HTMLElement[];
  private readonly detail = make("div", { class: "detail", role: "status" });
  private readonly legend = make("tbody");
  private readonly no_systems = make("p", { class: "dim" }, "Nothing recorded yet.");
  private readonly systems_table: HTMLElement;
  private readonly records = make("input", { type: "checkbox", checked: true, onchange: () => this.rearm() });
  private readonly to_budget = make("input", { type: "checkbox", onchange: () => this.draw() });
  private readonly poll: polling;
  private armed_at = -Infinity;
  private pointed: number | null = null;
  private pinned: number | null = null;
  private systems: system_figures[] = [];

  constructor() {
    const titles: [string, string][] = [
      ["median", "of the slowest shard's busy time"],
      ["99 %", "one tick in a hundred took longer"],
      ["1 % low", "mean of the slowest hundredth"],
      ["max", "the slowest of them"],
      ["budget", "planned time of a tick"],
      ["tick to tick", "median of the real time from one state to the next"],
    ];
    this.tile_values = titles.map(() => make("dd", {}, "–"));
    this.tiles.append(
      ...titles.map(([name, title], i) => make("div", { title }, make("dt", {}, name), this.tile_values[i]!)),
    );
    this.systems_table = make(
      "table",
      { class: "systems" },
      make(
        "thead",
        {},
        make("tr", {}, ...["system or phase", "mean", "max", "here"].map((t) => make("th", { scope: "col" }, t))),
      ),
      this.legend,
    );
    this.element = make(
      "section",
      { class: "view time" },
      this.tiles,
      make(
        "div",
        { class: "panel" },
        make(
          "header",
          {},
          make("h2", {}, "Busy time of the slowest shard"),
          make("label", {}, this.to_budget, "Scale to the budget"),
        ),
        this.busy,
        make("header", {}, make("h2", {}, "Tick to tick, real time")),
        this.apart,
      ),
      this.detail,
      make(
        "div",
        { class: "panel" },
        make(
          "header",
          {},
          make("h2", {}, "Work of all shards by system"),
          make(
            "label",
            { title: "Arms the recorder while this view is in sight; it costs some 2 % of a tick" },
            this.records,
            "Record systems",
          ),
        ),
        make(
          "div",
          { class: "beside" },
          this.stacked,
          make("div", { class: "scroll" }, this.systems_table, this.no_systems),
        ),
      ),
    );
    this.listen();
    on_scheme_change(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.busy);
    this.poll = new polling(
      refresh_ms,
      () => this.ask(),
      (why) => set_text(this.detail, why instanceof TypeError ? "The server cannot be reached" : why.message),
    );
  }

  show(): void {
    this.poll.start();
  }

  hide(): void {
    this.poll.stop();
  }

  update(): void {}

  wishes(): wish {
    return {};
  }

  private rearm(): void {
    this.armed_at = -Infinity;
  }

  private async ask(): Promise<void> {
    if (this.records.checked && performance.now() - this.armed_at > watch_again_ms) {
      this.armed_at = performance.now();
      await post("/api/actors/watch", { seconds: watch_s }).catch((e: unknown) => {
        this.records.checked = false;
        tell(`Systems are not recorded: ${e instanceof Error ? e.message : String(e)}`, "bad");
      });
    }
    this.history.take(await get<frames>("/api/frames", { since: this.history.last_tick() }));
    this.systems = figures_of_systems(this.history);
    this.draw();
  }

  private listen(): void {
    for (const canvas of [this.busy, this.apart, this.stacked]) {
      canvas.onpointermove = (e) => {
        this.pointed = this.tick_at(e.offsetX, canvas.clientWidth);
        this.draw();
      };
      canvas.onpointerleave = () => {
        this.pointed = null;
        this.draw();
      };
      canvas.onclick = () => {
        this.pinned = this.pinned === this.pointed ? null : this.pointed;
        this.draw();
      };
    }
    this.busy.onkeydown = (e) => {
      const { frames } = this.history;
      const first = frames[0]?.tick ?? 0;
      const last = this.history.last_tick();
      const slowest = frames.reduce(
        (a, f) => (f.busy_ms > a.busy_ms ? f : a),
        frames[0] ?? ({ busy_ms: 0, tick: 0 } as frame),
      );
      const at = this.pinned ?? last;
      const to: Record<string, number | null> = {
        ArrowLeft: at - 1,
        ArrowRight: at + 1,
        Home: first,
        End: last,
        Enter: slowest.tick,
        Escape: null,
      };
      if (!(e.key in to)) return;
      e.preventDefault();
      e.stopPropagation();
      const tick = to[e.key] ?? null;
      this.pinned = tick === null ? null : Math.min(last, Math.max(first, tick));
      this.draw();
    };
  }

  private x_of(p: plot): (tick: number) => number {
    const last = this.history.last_tick();
    const step = (p.right - p.left) / most_ticks;
    return (tick) => p.right - (last - tick + 0.5) * step;
  }

  private tick_at(px: number, width: number): number | null {
    const { frames } = this.history;
    const last = this.history.last_tick();
    const step = (width - 66) / most_ticks;
    const tick = last - Math.floor((width - 8 - px) / step);
    return frames.length > 0 && tick >= frames[0]!.tick && tick <= last ? tick : null;
  }

  private frame_of(tick: number | null): frame | undefined {
    return tick === null ? undefined : this.history.frames[tick - (this.history.frames[0]?.tick ?? 0)];
  }

  private draw(): void {
    if (this.history.frames.length === 0) return;
    this.fill_tiles();
    this.draw_busy();
    this.draw_apart();
    this.draw_stacked();
    this.fill_detail();
    this.fill_legend();
  }

  private fill_tiles(): void {
    const { frames, budget_ms, max_ms, one_percent_low_ms } = this.history;
    const busy = ascending(frames.map((f) => f.busy_ms));
    const apart = ascending(frames.map((f) => f.interval_ms).filter((ms) => ms > 0));
    const values = [
      percentile(busy, 0.5),
      percentile(busy, 0.99),
      one_percent_low_ms,
      max_ms,
      budget_ms,
      percentile(apart, 0.5),
    ];
    values.forEach((v, i) => set_text(this.tile_values[i]!, Number.isFinite(v) ? milliseconds(v) : "–"));
    this.tile_values[3]!.className = max_ms > budget_ms ? "bad" : "";
    this.tile_values[2]!.className = one_percent_low_ms > budget_ms ? "bad" : "";
  }

  private draw_busy(): void {
    const c = cleared(this.busy);
    if (!c) return;
    const { frames, budget_ms, max_ms, one_percent_low_ms } = this.history;
    const fits = this.to_budget.checked || max_ms > budget_ms * 0.5;
    const most = fits ? Math.max(max_ms, budget_ms) * 1.08 : Math.max(max_ms * 1.15, 1e-3);
    const p = begin_plot(c, this.busy.clientWidth, this.busy.clientHeight, most, milliseconds, 6);
    const over = (f: frame) => f.busy_ms > budget_ms;
    this.columns(
      p,
      frames,
      (f) => f.busy_ms,
      "accent",
      (f) => !over(f),
    );
    this.columns(p, frames, (f) => f.busy_ms, "bad", over);
    level(p, max_ms, `max ${milliseconds(max_ms)}`, "dim");
    if (p.y(one_percent_low_ms) - p.y(max_ms) > 15)
      level(p, one_percent_low_ms, `1 % low ${milliseconds(one_percent_low_ms)}`, "warn");
    if (fits) level(p, budget_ms, `budget ${milliseconds(budget_ms)}`, "bad", false);
    else {
      c.fillStyle = colour("dim");
      c.textAlign = "left";
      c.textBaseline = "top";
      c.fillText(
        `the budget, ${milliseconds(budget_ms)}, is above: the slowest tick took ${short((100 * max_ms) / budget_ms)} % of it`,
        p.left + 6,
        p.top,
      );
    }
    this.marks(p);
  }

  private draw_apart(): void {
    const c = cleared(this.apart);
    if (!c) return;
    const { frames, budget_ms } = this.history;
    // One long pause would make all others flat; it goes through the top.
    const long = percentile(ascending(frames.map((f) => f.interval_ms)), 0.99) || 0;
    const most = Math.max(Math.min(long, 4 * budget_ms), budget_ms) * 1.3;
    const p = begin_plot(c, this.apart.clientWidth, this.apart.clientHeight, most, milliseconds, axis_room);
    this.columns(
      p,
      frames,
      (f) => f.interval_ms,
      "quiet",
      () => true,
    );
    level(p, budget_ms, `planned ${milliseconds(budget_ms)}`, "dim");
    tick_axis(p, this.history.last_tick() - most_ticks + 1, this.history.last_tick(), this.x_of(p), grouped);
    this.marks(p);
  }

  private draw_stacked(): void {
    const c = cleared(this.stacked);
    if (!c) return;
    const { frames } = this.history;
    const total = (f: frame) => f.systems_ms?.reduce((a, b) => a + b, 0) ?? 0;
    const most = frames.reduce((a, f) => Math.max(a, total(f)), 1e-3) * 1.1;
    const p = begin_plot(c, this.stacked.clientWidth, this.stacked.clientHeight, most, milliseconds, axis_room);
    const below = new Float64Array(frames.length);
    this.systems.forEach(({ index }, rank) => {
      // From the eighth on all are grey: they are the small ones.
      this.columns(
        p,
        frames,
        (f) => f.systems_ms?.[index] ?? 0,
        series(rank),
        () => true,
        below,
      );
    });
    tick_axis(p, this.history.last_tick() - most_ticks + 1, this.history.last_tick(), this.x_of(p), grouped);
    this.marks(p);
  }

  /** One column per tick, on top of what `below` holds already. */
  private columns(
    p: plot,
    frames: frame[],
    value: (f: frame) => number,
    of: string,
    which: (f: frame) => boolean,
    below?: Float64Array,
  ): void {
    const x = this.x_of(p);
    const half = (p.right - p.left) / most_ticks / 2;
    p.c.fillStyle = colour(of);
    p.c.beginPath();
    frames.forEach((f, i) => {
      const v = value(f);
      if (v <= 0 || !which(f)) return;
      const from = below?.[i] ?? 0;
      const top = Math.max(p.top, p.y(from + v));
      // Whole pixels: no seams between columns.
      const x0 = Math.round(x(f.tick) - half);
      p.c.rect(x0, top, Math.max(1, Math.round(x(f.tick) + half) - x0), p.y(from) - top);
      if (below) below[i] = from + v;
    });
    p.c.fill();
  }

  private marks(p: plot): void {
    const x = this.x_of(p);
    for (const [tick, of] of [
      [this.pinned, "text"],
      [this.pointed, "dim"],
    ] as const) {
      if (tick === null || !this.frame_of(tick)) continue;
      p.c.strokeStyle = colour(of);
      p.c.lineWidth = 1;
      p.c.beginPath();
      p.c.moveTo(Math.round(x(tick)) + 0.5, p.top);
      p.c.lineTo(Math.round(x(tick)) + 0.5, p.bottom);
      p.c.stroke();
    }
  }

  private fill_detail(): void {
    const f = this.frame_of(this.pointed) ?? this.frame_of(this.pinned);
    const shown = f ? `${f.tick} ${this.pinned}` : "";
    if (this.detail.dataset.shown === shown && shown !== "") return;
    this.detail.dataset.shown = shown;
    if (!f) {
      const how =
        "Point at a tick to read it, click to keep it. With keys: Enter goes to the slowest, arrows go on from there.";
      this.detail.replaceChildren(make("span", { class: "dim" }, how));
      return;
    }
    const shard = f.slowest_shard;
    this.detail.replaceChildren(
      make("strong", {}, `Tick ${grouped(f.tick)}`),
      make("span", {}, `slowest shard ${milliseconds(f.busy_ms)}`),
      shard === undefined
        ? ""
        : make("button", { class: "link", onclick: () => select({ kind: "shard", shard }) }, `shard ${shard}`),
      make("span", {}, `${milliseconds(f.interval_ms)} after the one before`),
      make("span", {}, `${grouped(f.entities)} entities, ${grouped(f.migrations)} changed shards`),
      make("span", { class: "dim" }, this.pinned === f.tick ? "kept; click again to let go" : ""),
    );
  }

  private fill_legend(): void {
    const here = this.frame_of(this.pointed) ?? this.frame_of(this.pinned);
    this.systems_table.hidden = this.systems.length === 0;
    this.no_systems.hidden = this.systems.length > 0;
    while (this.legend.rows.length > this.systems.length) this.legend.deleteRow(-1);
    this.systems.forEach((s, rank) => {
      const row = this.legend.rows[rank] ?? this.legend.insertRow();
      while (row.cells.length < 4) row.insertCell();
      row.style.setProperty("--of", `var(--${series(rank)})`);
      row.classList.toggle("small", rank >= series_count - 1);
      const at_tick = here?.systems_ms?.[s.index];
      const texts = [
        s.name,
        milliseconds(s.mean_ms),
        milliseconds(s.max_ms),
        at_tick === undefined ? "–" : milliseconds(at_tick),
      ];
      texts.forEach((text, i) => set_text(row.cells[i]!, text));
    });
  }
}
