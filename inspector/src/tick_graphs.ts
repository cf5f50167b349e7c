// Draws the last 600 ticks, the newest at the right end: busy time, time from tick to tick, systems on top of each other.

import { begin_plot, left_room, level, right_room, tick_axis, type plot } from "./chart";
import { colour, series } from "./colours";
import { cleared } from "./dom";
import { ascending, grouped, milliseconds, percentile, short } from "./format";
import { most_ticks, type frame, type frame_history, type system_figures } from "./frame_history";

const axis_room = 22;
/** Below this share of the budget the graph follows the ticks instead: they would be too small to see. */
const small = 0.5;

export class tick_graphs {
  /** Ticks with a line through all graphs. */
  pinned: number | null = null;
  pointed: number | null = null;

  constructor(private readonly history: frame_history) {}

  tick_at(px: number, width: number): number | null {
    const last = this.history.last_tick();
    const step = (width - left_room - right_room) / most_ticks;
    const tick = last - Math.floor((width - right_room - px) / step);
    return this.history.frame_of(tick) ? tick : null;
  }

  busy(canvas: HTMLCanvasElement, to_budget: boolean): void {
    const c = cleared(canvas);
    if (!c) return;
    const { budget_ms, max_ms, one_percent_low_ms } = this.history;
    const fits = to_budget || max_ms > budget_ms * small;
    const most = fits ? Math.max(max_ms, budget_ms) * 1.08 : Math.max(max_ms * 1.15, 1e-3);
    const p = begin_plot(c, canvas.clientWidth, canvas.clientHeight, most, milliseconds, 6);
    const over = (f: frame) => f.busy_ms > budget_ms;
    this.columns(p, "accent", (f) => (over(f) ? 0 : f.busy_ms));
    this.columns(p, "bad", (f) => (over(f) ? f.busy_ms : 0));
    level(p, max_ms, `max ${milliseconds(max_ms)}`, "dim");
    if (p.y(one_percent_low_ms) - p.y(max_ms) > 15)
      level(p, one_percent_low_ms, `1 % low ${milliseconds(one_percent_low_ms)}`, "warn");
    if (fits) level(p, budget_ms, `budget ${milliseconds(budget_ms)}`, "bad", false);
    else {
      const share = `the slowest tick took ${short((100 * max_ms) / budget_ms)} % of it`;
      c.fillStyle = colour("dim");
      c.textAlign = "left";
      c.textBaseline = "top";
      c.fillText(`the budget, ${milliseconds(budget_ms)}, is above: ${share}`, p.left + 6, p.top);
    }
    this.marks(p);
  }

  apart(canvas: HTMLCanvasElement): void {
    const c = cleared(canvas);
    if (!c) return;
    const { frames, budget_ms } = this.history;
    // One long pause would make all others flat; it goes through the top.
    const long = percentile(ascending(frames.map((f) => f.interval_ms)), 0.99) || 0;
    const most = Math.max(Math.min(long, 4 * budget_ms), budget_ms) * 1.3;
    const p = begin_plot(c, canvas.clientWidth, canvas.clientHeight, most, milliseconds, axis_room);
    this.columns(p, "quiet", (f) => f.interval_ms);
    level(p, budget_ms, `planned ${milliseconds(budget_ms)}`, "dim");
    this.axis(p);
    this.marks(p);
  }

  stacked(canvas: HTMLCanvasElement, systems: readonly system_figures[]): void {
    const c = cleared(canvas);
    if (!c) return;
    const { frames } = this.history;
    const total = (f: frame) => f.systems_ms?.reduce((a, b) => a + b, 0) ?? 0;
    const most = frames.reduce((a, f) => Math.max(a, total(f)), 1e-3) * 1.1;
    const p = begin_plot(c, canvas.clientWidth, canvas.clientHeight, most, milliseconds, axis_room);
    const below = new Float64Array(frames.length);
    // From the eighth on all are grey: they are the small ones.
    systems.forEach(({ index }, rank) => this.columns(p, series(rank), (f) => f.systems_ms?.[index] ?? 0, below));
    this.axis(p);
    this.marks(p);
  }

  private x_of(p: plot): (tick: number) => number {
    const last = this.history.last_tick();
    const step = (p.right - p.left) / most_ticks;
    return (tick) => p.right - (last - tick + 0.5) * step;
  }

  /** One column per tick, on top of what `below` holds already. */
  private columns(p: plot, of: string, value: (f: frame) => number, below?: Float64Array): void {
    const x = this.x_of(p);
    const half = (p.right - p.left) / most_ticks / 2;
    p.c.fillStyle = colour(of);
    p.c.beginPath();
    this.history.frames.forEach((f, i) => {
      const v = value(f);
      if (v <= 0) return;
      const from = below?.[i] ?? 0;
      const top = Math.max(p.top, p.y(from + v));
      // Whole pixels: no seams between columns.
      const x0 = Math.round(x(f.tick) - half);
      p.c.rect(x0, top, Math.max(1, Math.round(x(f.tick) + half) - x0), p.y(from) - top);
      if (below) below[i] = from + v;
    });
    p.c.fill();
  }

  private axis(p: plot): void {
    const last = this.history.last_tick();
    tick_axis(p, Math.max(0, last - most_ticks + 1), last, this.x_of(p), grouped);
  }

  private marks(p: plot): void {
    const x = this.x_of(p);
    for (const [tick, of] of [
      [this.pinned, "text"],
      [this.pointed, "dim"],
    ] as const) {
      if (tick === null || !this.history.frame_of(tick)) continue;
      p.c.strokeStyle = colour(of);
      p.c.lineWidth = 1;
      p.c.beginPath();
      p.c.moveTo(Math.round(x(tick)) + 0.5, p.top);
      p.c.lineTo(Math.round(x(tick)) + 0.5, p.bottom);
      p.c.stroke();
    }
  }
}
