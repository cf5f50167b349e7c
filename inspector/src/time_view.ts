// The last 600 ticks: how long the slowest shard of each took, how far apart they were, what systems took. One tick
// can be pointed at or pinned.

import { get, post, type frames } from "./api";
import { on_scheme_change, series, series_count } from "./colours";
import { make, set_text } from "./dom";
import { ascending, grouped, milliseconds, percentile } from "./format";
import { figures_of_systems, frame_history, type system_figures } from "./frame_history";
import type { wish } from "./live";
import { tell } from "./notice";
import { polling } from "./polling";
import { select } from "./state";
import { tick_graphs } from "./tick_graphs";
import type { view } from "./view";

const refresh_ms = 400;
const watch_s = 10;
const watch_again_ms = 6000;

export class time_view implements view {
  readonly name = "time";
  readonly label = "Time";
  readonly element: HTMLElement;
  private readonly history = new frame_history();
  private readonly graphs = new tick_graphs(this.history);
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
      (why) => {
        this.detail.dataset.shown = "";
        set_text(this.detail, why instanceof TypeError ? "The server cannot be reached" : why.message);
      },
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
        this.graphs.pointed = this.graphs.tick_at(e.offsetX, canvas.clientWidth);
        this.draw();
      };
      canvas.onpointerleave = () => {
        this.graphs.pointed = null;
        this.draw();
      };
      canvas.onclick = () => {
        this.graphs.pinned = this.graphs.pinned === this.graphs.pointed ? null : this.graphs.pointed;
        this.draw();
      };
    }
    this.busy.onkeydown = (e) => {
      const { frames } = this.history;
      const first = frames[0]?.tick ?? 0;
      const last = this.history.last_tick();
      const slowest = [...frames].sort((a, b) => b.busy_ms - a.busy_ms)[0];
      const at = this.graphs.pinned ?? last;
      const to: Record<string, number | null> = {
        ArrowLeft: at - 1,
        ArrowRight: at + 1,
        Home: first,
        End: last,
        Enter: slowest?.tick ?? null,
        Escape: null,
      };
      if (!(e.key in to)) return;
      e.preventDefault();
      e.stopPropagation();
      const tick = to[e.key] ?? null;
      this.graphs.pinned = tick === null ? null : Math.min(last, Math.max(first, tick));
      this.draw();
    };
  }

  private draw(): void {
    if (this.history.frames.length === 0) return;
    this.fill_tiles();
    this.graphs.busy(this.busy, this.to_budget.checked);
    this.graphs.apart(this.apart);
    this.graphs.stacked(this.stacked, this.systems);
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

  private fill_detail(): void {
    const f = this.history.frame_of(this.graphs.pointed) ?? this.history.frame_of(this.graphs.pinned);
    const shown = f ? `${f.tick} ${this.graphs.pinned}` : "";
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
      make("button", { class: "link", onclick: () => select({ kind: "shard", shard }) }, `shard ${shard}`),
      make("span", {}, `${milliseconds(f.interval_ms)} after the one before`),
      make("span", {}, `${grouped(f.entities)} entities, ${grouped(f.migrations)} changed shards`),
      make("span", { class: "dim" }, this.graphs.pinned === f.tick ? "kept; click again to let go" : ""),
    );
  }

  private fill_legend(): void {
    const here = this.history.frame_of(this.graphs.pointed) ?? this.history.frame_of(this.graphs.pinned);
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
