// A trace over time: a lane per actor, handlers with what ran inside them. For a quick look at a slow tick; viewers
// made for traces do more.

import { round_step } from "./chart";
import { colour, series } from "./colours";
import { cleared, icon, make, set_text } from "./dom";
import { grouped, milliseconds } from "./format";
import type { stretch, trace, trace_actor, trace_tick } from "./trace_file";

const name_room = 116;
const axis_height = 24;
const row_height = 12;
const lane_gap = 5;
const least_span_ns = 2_000;
const slowest_ticks = 4;

/** Shows it over the whole page until it is closed. */
export function open_timeline(of: trace, name: string): void {
  const dialog = make("dialog", { class: "timeline", "aria-label": `Trace ${name}` });
  const shown = new timeline(of, name, () => dialog.close());
  dialog.append(shown.element);
  dialog.onclose = () => (shown.stop(), dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  shown.begin();
}

interface lane {
  actor: trace_actor;
  top: number;
  height: number;
}

interface hit {
  actor: trace_actor;
  at: stretch;
}

class timeline {
  readonly element: HTMLElement;
  private readonly canvas = make("canvas", {
    tabindex: 0,
    role: "application",
    "aria-label": "Timeline: arrows move, plus and minus zoom, 0 shows all",
  });
  private readonly scroller: HTMLElement;
  private readonly spacer = make("div", { class: "spacer" });
  private readonly said = make("p", { class: "said", role: "status" });
  private readonly tick = make("input", {
    type: "number",
    placeholder: "tick",
    "aria-label": "Tick to show",
    onchange: () => this.show_tick(Number(this.tick.value)),
  });
  private readonly resized = new ResizeObserver(() => this.draw());
  private readonly lanes: lane[] = [];
  private readonly name_colours = new Map<string, string>();
  private begin_ns = 0;
  private end_ns: number;
  private pointed: hit | null = null;
  private dragged: number | null = null;

  constructor(
    private readonly of: trace,
    name: string,
    close: () => void,
  ) {
    this.end_ns = Math.max(of.end_ns, least_span_ns);
    let top = 0;
    for (const actor of of.actors) {
      const height = (actor.deepest + 1) * row_height + lane_gap;
      this.lanes.push({ actor, top, height });
      top += height;
    }
    this.spacer.style.height = `${top + axis_height}px`;
    this.give_colours();
    this.scroller = make("div", { class: "lanes", onscroll: () => this.draw() }, this.canvas, this.spacer);
    const lost = of.lost === null ? ", cut off" : of.lost > 0 ? `, ${grouped(of.lost)} lost` : "";
    this.element = make(
      "div",
      { class: "timeline-body" },
      make(
        "header",
        { class: "row" },
        make("h2", {}, name),
        make(
          "span",
          { class: "dim", id: "timeline-facts" },
          `${of.actors.length} actors, ${grouped(of.ticks.length)} ticks, ${grouped(of.records)} records${lost}`,
        ),
        make("span", { class: "dim" }, "slowest ticks:"),
        ...this.slowest().map((t) =>
          make(
            "button",
            { class: "link", onclick: () => this.show_tick(t.tick) },
            `${t.tick} (${milliseconds((t.end_ns - t.begin_ns) / 1e6)})`,
          ),
        ),
        this.tick,
        make("button", { onclick: () => this.show(0, of.end_ns) }, "All"),
        make(
          "button",
          { class: "icon close", title: "Close (Esc)", "aria-label": "Close", onclick: close },
          icon("close"),
        ),
      ),
      this.scroller,
      this.said,
    );
    this.listen();
    this.resized.observe(this.scroller);
    this.say();
  }

  /** Once it is on the page and has a size. */
  begin(): void {
    const slowest = this.slowest()[0];
    if (slowest) this.show_tick(slowest.tick);
    this.canvas.focus();
  }

  private slowest(): trace_tick[] {
    return [...this.of.ticks].sort((a, b) => b.end_ns - b.begin_ns - (a.end_ns - a.begin_ns)).slice(0, slowest_ticks);
  }

  stop(): void {
    this.resized.disconnect();
  }

  /** The names that took longest get colours of their own. */
  private give_colours(): void {
    const sums = new Map<string, number>();
    for (const { stretches } of this.of.actors)
      for (const s of stretches)
        if (s.depth > 0 && s.name !== "tick") sums.set(s.name, (sums.get(s.name) ?? 0) + s.end_ns - s.begin_ns);
    [...sums].sort((a, b) => b[1] - a[1]).forEach(([name], i) => this.name_colours.set(name, series(i)));
  }

  private colour_of(s: stretch): string {
    return colour(this.name_colours.get(s.name) ?? (s.name === "tick" ? "raised" : "handler"));
  }

  private show(begin_ns: number, end_ns: number): void {
    const span = Math.min(Math.max(end_ns - begin_ns, least_span_ns), Math.max(this.of.end_ns * 1.02, least_span_ns));
    const most = Math.max(0, this.of.end_ns - span * 0.5);
    this.begin_ns = Math.min(Math.max(begin_ns, -span * 0.5), most);
    this.end_ns = this.begin_ns + span;
    this.draw();
  }

  private show_tick(tick: number): void {
    const found = this.of.ticks.find((t) => t.tick === tick);
    if (!found)
      return set_text(
        this.said,
        `Tick ${tick} is not in this trace; it has ${this.of.ticks[0]?.tick ?? "none"} to ${this.of.ticks.at(-1)?.tick ?? "none"}.`,
      );
    const room = (found.end_ns - found.begin_ns) * 0.08;
    this.show(found.begin_ns - room, found.end_ns + room);
    const lane = this.lanes.find((l) => l.actor.actor === found.slowest);
    if (!lane) return;
    this.scroller.scrollTop = lane.top - this.scroller.clientHeight / 2;
    const slowest = lane.actor.stretches.find((s) => s.tick === tick && s.name === "tick");
    this.pointed = slowest ? { actor: lane.actor, at: slowest } : null;
    this.say();
    this.draw();
  }

  private listen(): void {
    const c = this.canvas;
    c.onpointerdown = (e) => {
      this.dragged = e.offsetX;
      c.setPointerCapture(e.pointerId);
    };
    c.onpointerup = () => (this.dragged = null);
    c.onpointermove = (e) => {
      if (this.dragged !== null) {
        const by = ((this.dragged - e.offsetX) * (this.end_ns - this.begin_ns)) / this.width();
        this.dragged = e.offsetX;
        return this.show(this.begin_ns + by, this.end_ns + by);
      }
      this.pointed = this.hit_at(e.offsetX, e.offsetY);
      this.say();
      this.draw();
    };
    c.addEventListener(
      "wheel",
      (e) => {
        if (e.shiftKey) return; // scrolls the lanes
        e.preventDefault();
        this.zoom(Math.exp(e.deltaY * 0.002), e.offsetX);
      },
      { passive: false },
    );
    c.onkeydown = (e) => {
      const part = (this.end_ns - this.begin_ns) / 8;
      const middle = name_room + this.width() / 2;
      const by_key: Record<string, () => void> = {
        ArrowLeft: () => this.show(this.begin_ns - part, this.end_ns - part),
        ArrowRight: () => this.show(this.begin_ns + part, this.end_ns + part),
        ArrowUp: () => (this.scroller.scrollTop -= 40),
        ArrowDown: () => (this.scroller.scrollTop += 40),
        "+": () => this.zoom(1 / 1.5, middle),
        "=": () => this.zoom(1 / 1.5, middle),
        "-": () => this.zoom(1.5, middle),
        "0": () => this.show(0, this.of.end_ns),
      };
      if (!by_key[e.key]) return;
      e.preventDefault();
      by_key[e.key]!();
    };
  }

  private zoom(factor: number, px: number): void {
    const at = this.begin_ns + ((px - name_room) / this.width()) * (this.end_ns - this.begin_ns);
    this.show(at - (at - this.begin_ns) * factor, at + (this.end_ns - at) * factor);
  }

  private width(): number {
    return Math.max(1, this.canvas.clientWidth - name_room);
  }

  private x(ns: number): number {
    return name_room + (this.width() * (ns - this.begin_ns)) / (this.end_ns - this.begin_ns);
  }

  private draw(): void {
    const c = cleared(this.canvas);
    if (!c) return;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const up = this.scroller.scrollTop - axis_height;
    c.font = "11px system-ui, sans-serif";
    c.textBaseline = "middle";
    for (const lane of this.lanes) {
      const top = lane.top - up;
      if (top + lane.height < axis_height || top > height) continue;
      this.draw_lane(c, lane, top);
      c.fillStyle = colour("panel");
      c.fillRect(0, top, name_room - 6, lane.height);
      c.fillStyle = colour("text");
      c.textAlign = "left";
      c.fillText(lane.actor.name, 10, top + row_height / 2 + 1);
      c.strokeStyle = colour("line");
      c.lineWidth = 1;
      c.strokeRect(-1, Math.round(top + lane.height - lane_gap / 2) + 0.5, width + 2, 0);
    }
    this.draw_sender(c, up);
    this.draw_axis(c, width);
  }

  private draw_lane(c: CanvasRenderingContext2D, { actor }: lane, top: number): void {
    const all = actor.stretches;
    const drawn_to = new Float64Array(actor.deepest + 1).fill(-1); // pixels
    for (let i = first_reaching(all, this.begin_ns); i < all.length; ++i) {
      const s = all[i]!;
      if (s.begin_ns > this.end_ns) break;
      if (s.end_ns < this.begin_ns) continue;
      const x0 = Math.max(name_room, this.x(s.begin_ns));
      const x1 = Math.max(x0 + 0.8, this.x(s.end_ns));
      if (x1 < name_room || x1 <= drawn_to[s.depth]! + 0.5) continue;
      drawn_to[s.depth] = x1;
      const y = top + s.depth * row_height;
      c.fillStyle = this.colour_of(s);
      c.fillRect(x0, y, x1 - x0, row_height - 1);
      if (this.pointed?.at === s) {
        c.strokeStyle = colour("text");
        c.lineWidth = 1.5;
        c.strokeRect(x0, y, x1 - x0, row_height - 1);
      }
      if (x1 - x0 < 34) continue;
      c.save();
      c.beginPath();
      c.rect(x0, y, x1 - x0 - 3, row_height);
      c.clip();
      c.fillStyle = colour(s.name === "tick" || !this.name_colours.has(s.name) ? "text" : "on-series");
      c.textAlign = "left";
      c.fillText(s.name, x0 + 4, y + row_height / 2);
      c.restore();
    }
  }

  /** From where the message under the pointer came. */
  private draw_sender(c: CanvasRenderingContext2D, up: number): void {
    const hit = this.pointed;
    if (!hit || hit.at.sender < 0 || hit.at.enqueued_ns < 0) return;
    const from = this.lanes.find((l) => l.actor.actor === hit.at.sender);
    const to = this.lanes.find((l) => l.actor === hit.actor);
    if (!from || !to) return;
    c.strokeStyle = colour("series-3");
    c.lineWidth = 1.5;
    c.beginPath();
    c.moveTo(this.x(hit.at.enqueued_ns), from.top - up + row_height / 2);
    c.lineTo(this.x(hit.at.begin_ns), to.top - up + row_height / 2);
    c.stroke();
    c.fillStyle = colour("series-3");
    c.beginPath();
    c.arc(this.x(hit.at.enqueued_ns), from.top - up + row_height / 2, 3, 0, 2 * Math.PI);
    c.fill();
  }

  private draw_axis(c: CanvasRenderingContext2D, width: number): void {
    c.fillStyle = colour("panel");
    c.fillRect(0, 0, width, axis_height - 2);
    c.fillStyle = colour("dim");
    c.textAlign = "left";
    const step = round_step(this.end_ns - this.begin_ns, width / 120);
    const digits = Math.max(0, Math.ceil(6 - Math.log10(step)));
    for (let at = Math.ceil(this.begin_ns / step) * step; at < this.end_ns; at += step) {
      const x = this.x(at);
      if (x < name_room) continue;
      c.fillRect(Math.round(x), axis_height - 7, 1, 5);
      c.fillText(`${(at / 1e6).toFixed(digits)} ms`, x + 4, axis_height / 2 - 1);
    }
  }

  private hit_at(px: number, py: number): hit | null {
    const y = py + this.scroller.scrollTop - axis_height;
    const lane = this.lanes.find((l) => y >= l.top && y < l.top + l.height - lane_gap);
    if (!lane || px < name_room || py < axis_height) return null;
    const depth = Math.floor((y - lane.top) / row_height);
    const slack = (this.end_ns - this.begin_ns) / this.width();
    const at = this.begin_ns + (px - name_room) * slack;
    const all = lane.actor.stretches;
    let found: stretch | null = null;
    for (let i = first_reaching(all, at - slack); i < all.length && all[i]!.begin_ns <= at + slack; ++i)
      if (all[i]!.depth === depth && all[i]!.end_ns >= at - slack) found = all[i]!;
    return found && { actor: lane.actor, at: found };
  }

  private say(): void {
    if (!this.pointed)
      return set_text(
        this.said,
        "Point at a piece to read it. Wheel or + and - zoom, drag or arrows move, shift and wheel scroll.",
      );
    const { actor, at } = this.pointed;
    const sender = this.of.actors.find((a) => a.actor === at.sender)?.name ?? "outside";
    const queued =
      at.enqueued_ns < 0 ? "" : `, sent by ${sender}, waited ${milliseconds((at.begin_ns - at.enqueued_ns) / 1e6)}`;
    const tick = at.tick === null ? "" : `, tick ${at.tick}`;
    set_text(this.said, `${actor.name}: ${at.name}, ${milliseconds((at.end_ns - at.begin_ns) / 1e6)}${tick}${queued}`);
  }
}

/** The first outermost stretch that has not ended at `ns`: what it holds comes after it. */
function first_reaching(all: readonly stretch[], ns: number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle]!.begin_ns < ns) low = middle + 1;
    else high = middle;
  }
  // Back to the outermost one before: only it can reach over.
  let at = Math.max(0, low - 1);
  while (at > 0 && all[at]!.depth > 0) --at;
  return at;
}
