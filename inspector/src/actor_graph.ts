// Who sends whom how much: shards stand where they lie in the world, all other actors to the left of them. A line
// bends to the right of its way, so that both directions can be told apart.

import type { actors_answer } from "./api";
import { colour, heat } from "./colours";
import { cleared, make, set_text } from "./dom";
import { short } from "./format";
import { now } from "./state";

type actor = actors_answer["actors"][number];

interface node {
  actor: number;
  name: string;
  x: number;
  y: number;
  radius: number;
}

interface line {
  from: number;
  to: number;
  per_s: number;
}

const outside = 0; // the number that stands for whoever is no actor of the world
const margin = 34;
const side_room = 150;
const named_shards = 100; // more have no room for their numbers

export class actor_graph {
  readonly element: HTMLElement;
  private readonly canvas = make("canvas", { class: "interaction", "aria-hidden": "true" });
  private readonly said = make("p", { class: "dim small" });
  private nodes = new Map<number, node>();
  private lines: line[] = [];
  private answer: actors_answer | null = null;
  private pointed: number | null = null;

  constructor(
    private readonly chosen: () => number | null,
    private readonly choose: (actor: number | null) => void,
  ) {
    this.element = make("div", {}, this.canvas, this.said);
    this.canvas.onpointermove = (e) => this.point(this.node_at(e.offsetX, e.offsetY));
    this.canvas.onpointerleave = () => this.point(null);
    this.canvas.onclick = () => this.choose(this.pointed);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  take(answer: actors_answer): void {
    this.answer = answer;
    const pairs = new Map<string, line>();
    for (const { from, to, per_s } of answer.edges) {
      const key = `${from} ${to}`;
      const known = pairs.get(key);
      if (known) known.per_s += per_s;
      else pairs.set(key, { from, to, per_s });
    }
    this.lines = [...pairs.values()];
    this.draw();
  }

  private place(): void {
    const { world } = now();
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const { width_m, depth_m } = world.extent;
    const all = this.answer?.actors ?? [];
    const scale = Math.min((width - side_room - 2 * margin) / width_m, (height - 2 * margin) / depth_m);
    const left = side_room + (width - side_room - width_m * scale) / 2;
    const top = (height - depth_m * scale) / 2;
    const radius = Math.max(
      3,
      Math.min(15, 0.22 * Math.sqrt((width_m * depth_m) / Math.max(1, world.shards.length)) * scale),
    );
    const others = all.filter((a) => shard_of(a.name) === undefined);
    const beside = [
      ...(this.lines.some((l) => l.from === outside) ? [{ actor: outside, name: "outside" }] : []),
      ...others,
    ];
    this.nodes.clear();
    beside.forEach((a, i) =>
      this.nodes.set(a.actor, {
        actor: a.actor,
        name: a.name,
        x: margin + 10,
        y: (height * (i + 1)) / (beside.length + 1),
        radius: 9,
      }),
    );
    for (const a of all) {
      const shard = world.shards[shard_of(a.name) ?? -1];
      if (!shard) continue;
      const [x0, z0, x1, z1] = shard.cells;
      const size = (scale * world.cell_size_m) / 2;
      this.nodes.set(a.actor, {
        actor: a.actor,
        name: a.name,
        x: left + (x0 + x1) * size,
        y: top + (z0 + z1) * size,
        radius,
      });
    }
  }

  draw(): void {
    const c = cleared(this.canvas);
    if (!c || !this.answer) return;
    this.place();
    const focus = this.pointed ?? this.chosen();
    const most = Math.max(1e-9, ...this.lines.map((l) => l.per_s));
    c.strokeStyle = colour("accent");
    for (const l of this.lines) {
      const touches = focus === null || l.from === focus || l.to === focus;
      const share = Math.sqrt(l.per_s / most);
      c.globalAlpha = focus === null ? 0.06 + 0.16 * share : touches ? 0.35 + 0.6 * share : 0.03;
      c.lineWidth = 0.6 + (focus !== null && touches ? 1.8 : 0.8) * share;
      c.strokeStyle = colour(focus !== null && l.to === focus ? "series-3" : "accent");
      this.bend(c, l);
    }
    c.globalAlpha = 1;
    const busiest = Math.max(1e-9, ...this.answer.actors.map((a) => a.run_ms.sum));
    const by_number = new Map(this.answer.actors.map((a) => [a.actor, a]));
    for (const n of this.nodes.values()) this.draw_node(c, n, by_number.get(n.actor), busiest, focus);
    this.say(focus === null ? undefined : by_number.get(focus), focus);
  }

  private bend(c: CanvasRenderingContext2D, l: line): void {
    const a = this.nodes.get(l.from);
    const b = this.nodes.get(l.to);
    if (!a || !b || a === b) return;
    const off = 0.14;
    c.beginPath();
    c.moveTo(a.x, a.y);
    c.quadraticCurveTo((a.x + b.x) / 2 - off * (b.y - a.y), (a.y + b.y) / 2 + off * (b.x - a.x), b.x, b.y);
    c.stroke();
  }

  private draw_node(
    c: CanvasRenderingContext2D,
    n: node,
    a: actor | undefined,
    busiest: number,
    focus: number | null,
  ): void {
    c.beginPath();
    c.arc(n.x, n.y, n.radius, 0, 2 * Math.PI);
    c.fillStyle = a ? heat(a.run_ms.sum / busiest) : colour("quiet");
    c.fill();
    c.lineWidth = n.actor === focus ? 2.5 : 1;
    c.strokeStyle = colour(n.actor === focus ? "text" : a && a.waiting > 0 ? "warn" : "quiet");
    if (a && a.waiting > 0) c.lineWidth = 2.5;
    c.stroke();
    c.font = "11px system-ui, sans-serif";
    c.textBaseline = "middle";
    const shard = shard_of(n.name);
    if (shard === undefined) {
      c.fillStyle = colour("panel");
      c.globalAlpha = 0.8;
      c.fillRect(n.x + n.radius + 3, n.y - 8, c.measureText(n.name).width + 6, 16);
      c.globalAlpha = 1;
      c.fillStyle = colour("text");
      c.textAlign = "left";
      c.fillText(n.name, n.x + n.radius + 6, n.y);
    } else if (now().world.shards.length <= named_shards && n.radius >= 8) {
      c.fillStyle = colour("text");
      c.textAlign = "center";
      c.textBaseline = "top";
      c.fillText(String(shard), n.x, n.y + n.radius + 2);
    }
  }

  private say(a: actor | undefined, focus: number | null): void {
    const busiest = "Coloured by time in handlers, with a ring where messages wait.";
    if (focus === null || (!a && focus !== outside))
      return set_text(this.said, `${busiest} Point at an actor, or choose it in the table.`);
    const sum = (lines: line[]) => short(lines.reduce((s, l) => s + l.per_s, 0));
    const sent = this.lines.filter((l) => l.from === focus);
    const got = this.lines.filter((l) => l.to === focus);
    set_text(
      this.said,
      `${a?.name ?? "outside"} sends ${sum(sent)} messages/s to ${sent.length} actors and gets ${sum(got)} from ${got.length}.`,
    );
  }

  private node_at(x: number, y: number): number | null {
    let nearest: number | null = null;
    let least = 16;
    for (const n of this.nodes.values()) {
      const distance = Math.hypot(n.x - x, n.y - y);
      if (distance < least) {
        least = distance;
        nearest = n.actor;
      }
    }
    return nearest;
  }

  private point(at: number | null): void {
    if (at === this.pointed) return;
    this.pointed = at;
    this.draw();
  }
}

/** "shard 12" is actor of shard 12. */
export function shard_of(name: string): number | undefined {
  const found = /^shard (\d+)$/.exec(name);
  return found ? Number(found[1]) : undefined;
}
