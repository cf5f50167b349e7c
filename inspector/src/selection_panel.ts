// What is selected, beside the view: a shard's figures, or an entity's components, live. A field is edited in place;
// the edit goes into the world as a command.

import { cleared, icon, make, set_text } from "./dom";
import { entity_card } from "./entity_card";
import { colour } from "./colours";
import { ascending, bytes, grouped, milliseconds, percentile, short } from "./format";
import { now, same_selection, select, type selection } from "./state";

export interface places {
  show_shard(shard: number): void;
  show_place(x: number, z: number): void;
}

interface card {
  readonly element: HTMLElement;
  update(): void;
}

export class selection_panel {
  private shown: selection = null;
  private card: card | null = null;

  constructor(
    private readonly at: HTMLElement,
    private readonly go: places,
  ) {}

  update(): void {
    const { selection } = now();
    if (!same_selection(selection, this.shown)) this.open(selection);
    this.card?.update();
  }

  private open(selection: selection): void {
    this.shown = selection;
    this.at.hidden = selection === null;
    if (!selection) {
      this.card = null;
      this.at.replaceChildren();
      return;
    }
    this.card =
      selection.kind === "shard" ? new shard_card(selection.shard, this.go) : new entity_card(selection.id, this.go);
    const close = make(
      "button",
      { class: "icon close", title: "Close (Esc)", "aria-label": "Close", onclick: () => select(null) },
      icon("close"),
    );
    this.at.replaceChildren(close, this.card.element);
    this.at.scrollTop = 0;
  }
}

const rows = [
  "Tick time",
  "against the median",
  "Waits",
  "Entities",
  "Ghosts",
  "Leaving",
  "Packets out",
  "Size",
] as const;

class shard_card implements card {
  readonly element: HTMLElement;
  private readonly values = new Map(rows.map((r) => [r, make("dd")]));
  private readonly graph = make("canvas", { class: "spark", "aria-hidden": "true" });
  private readonly range = make("p", { class: "dim small" });

  constructor(
    private readonly shard: number,
    go: places,
  ) {
    const cells = now().world.shards[shard]?.cells ?? [0, 0, 0, 0];
    this.element = make(
      "div",
      {},
      make("h2", {}, `Shard ${shard}`),
      make("p", { class: "dim" }, `Cells ${cells[0]}–${cells[2] - 1} east, ${cells[1]}–${cells[3] - 1} south`),
      make("div", { class: "row" }, make("button", { onclick: () => go.show_shard(shard) }, "Show on map")),
      this.graph,
      this.range,
      make("dl", { class: "facts" }, ...rows.map((r) => make("div", {}, make("dt", {}, r), this.values.get(r)))),
    );
  }

  update(): void {
    const { shards, world, shard_history } = now();
    if (!shards) return;
    const i = this.shard;
    const busy = shards.busy_ms[i] ?? 0;
    const median = percentile(ascending(shards.busy_ms), 0.5);
    const place = shards.busy_ms.filter((b) => b > busy).length + 1;
    const [x0, z0, x1, z1] = world.shards[i]?.cells ?? [0, 0, 0, 0];
    const size = world.cell_size_m / 1000;
    const texts: Record<(typeof rows)[number], string> = {
      "Tick time": milliseconds(busy),
      "against the median": `${short(busy / median)} ×, ${place} of ${shards.busy_ms.length}`,
      Waits: milliseconds(shards.wait_ms[i] ?? 0),
      Entities: grouped(shards.entities[i] ?? 0),
      Ghosts: grouped(shards.ghosts[i] ?? 0),
      Leaving: `${grouped(shards.left[i] ?? 0)} in a tick`,
      "Packets out": `${bytes(shards.packet_bytes[i] ?? 0)} in a tick`,
      Size: `${short((x1 - x0) * size)} × ${short((z1 - z0) * size)} km`,
    };
    for (const row of rows) set_text(this.values.get(row)!, texts[row]);
    this.draw(shard_history.map((h) => h.busy_ms));
  }

  private draw(values: number[]): void {
    const c = cleared(this.graph);
    if (!c || values.length < 2) return;
    const { clientWidth: width, clientHeight: height } = this.graph;
    const most = Math.max(...values, 1e-9);
    const step = width / Math.max(60, values.length - 1);
    const x = (i: number) => width - (values.length - 1 - i) * step;
    c.strokeStyle = colour("accent");
    c.lineWidth = 1.5;
    c.lineJoin = "round";
    c.beginPath();
    values.forEach((v, i) => c.lineTo(x(i), height - 2 - (height - 6) * (v / most)));
    c.stroke();
    c.lineTo(x(values.length - 1), height);
    c.lineTo(x(0), height);
    c.globalAlpha = 0.14;
    c.fillStyle = colour("accent");
    c.fill();
    set_text(this.range, `Tick time since it was opened, up to ${milliseconds(most)}`);
  }
}
