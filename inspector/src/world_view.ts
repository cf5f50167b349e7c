// The map: shards over the terrain's shading, coloured by a figure; what crosses their borders; from near,
// the entities in view. A click opens a shard or an entity.

import { get, terrain_address, type entities_in_view } from "./api";
import { heat, heat_gradient, series } from "./colours";
import { colour, context_of, make, set_text } from "./dom";
import { grouped, milliseconds, percentile, short } from "./format";
import { map_camera, type rectangle } from "./map_camera";
import { change, now, select, watch } from "./state";

type figure = "busy_ms" | "wait_ms" | "entities" | "none";
const figures: { figure: figure; label: string }[] = [
  { figure: "busy_ms", label: "Tick time" },
  { figure: "wait_ms", label: "Wait" },
  { figure: "entities", label: "Entities" },
  { figure: "none", label: "Terrain" },
];

/** Entities are asked for only when the view is so narrow that points can be told apart. */
const nearest_metres_per_pixel = 12;

export class world_view {
  readonly element: HTMLElement;
  private readonly canvas = make("canvas", { id: "map", "aria-label": "Map of the shards" });
  private readonly legend = make("div", { class: "legend" });
  private readonly flows = make("input", { type: "checkbox", id: "flows" });
  private readonly camera: map_camera;
  private readonly ground: HTMLImageElement | null;
  private shown: figure = "busy_ms";
  private asked_again = 0;

  constructor(private readonly view_changed: () => void) {
    const { world } = now();
    this.camera = new map_camera(world.extent.width_m, world.extent.depth_m);
    this.ground = world.terrain ? new Image() : null;
    if (this.ground) {
      this.ground.src = terrain_address(1024);
      this.ground.onload = () => this.draw();
    }
    this.flows.checked = true;
    this.flows.onchange = () => this.draw();
    this.element = make("section", { class: "view whole map" }, this.canvas, this.tools(), this.legend);
    this.listen();
    watch(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** What the live stream should tell of, or null when entities cannot be told apart. */
  view_for_entities(): rectangle | null {
    return this.camera.metres_per_pixel() <= nearest_metres_per_pixel ? this.camera.view() : null;
  }

  go_to(x: number, z: number): void {
    this.camera.go_to(x, z, 600);
    this.moved();
  }

  private tools(): HTMLElement {
    const buttons = figures.map(({ figure, label }) =>
      make(
        "button",
        {
          "aria-pressed": String(figure === this.shown),
          onclick: (e) => {
            this.shown = figure;
            for (const b of buttons) b.setAttribute("aria-pressed", String(b === e.currentTarget));
            this.draw();
          },
        },
        label,
      ),
    );
    return make(
      "div",
      { class: "tools" },
      ...buttons,
      make("label", { for: "flows" }, this.flows, " Migrations"),
      make("button", { onclick: () => (this.camera.show_all(), this.moved()) }, "Whole world"),
    );
  }

  private listen(): void {
    let from: { x: number; z: number } | null = null;
    let travelled = 0;
    this.canvas.onpointerdown = (e) => {
      from = { x: e.offsetX, z: e.offsetY };
      travelled = 0;
      this.canvas.setPointerCapture(e.pointerId);
    };
    this.canvas.onpointermove = (e) => {
      if (!from) return;
      travelled += Math.abs(e.offsetX - from.x) + Math.abs(e.offsetY - from.z);
      if (travelled < 4) return;
      this.canvas.classList.add("dragged");
      this.camera.drag(e.offsetX - from.x, e.offsetY - from.z);
      from = { x: e.offsetX, z: e.offsetY };
      this.draw();
    };
    this.canvas.onpointerup = (e) => {
      this.canvas.classList.remove("dragged");
      if (from && travelled < 4) void this.pick(e.offsetX, e.offsetY);
      else if (from) this.moved();
      from = null;
    };
    this.canvas.onwheel = (e) => {
      e.preventDefault();
      this.camera.zoom(Math.exp(-e.deltaY * 0.0015), e.offsetX, e.offsetY);
      this.moved();
    };
  }

  /** Draws at once, and asks for what is in view when the view has come to rest. */
  private moved(): void {
    this.draw();
    clearTimeout(this.asked_again);
    this.asked_again = window.setTimeout(this.view_changed, 150);
  }

  private async pick(px: number, pz: number): Promise<void> {
    const at = this.camera.to_world(px, pz);
    if (this.view_for_entities()) {
      const reach = 10 * this.camera.metres_per_pixel();
      const view = [at.x - reach, at.z - reach, at.x + reach, at.z + reach].map((m) => Math.max(0, m).toFixed(2));
      const near = await get<entities_in_view>("/api/entities", { view: view.join(","), most: 100, ids: 1 });
      const ids = near.ids ?? [];
      let nearest: { id: string; distance: number } | null = null;
      points_of(near).forEach((p, i) => {
        const distance = Math.hypot(p.x - at.x, p.z - at.z);
        const id = ids[i];
        if (id && (!nearest || distance < nearest.distance)) nearest = { id, distance };
      });
      if (nearest) return select({ kind: "entity", id: (nearest as { id: string }).id });
    }
    const size = now().world.cell_size_m;
    const hit = now().world.shards.find(
      ({ cells: [x0, z0, x1, z1] }) => at.x >= x0 * size && at.x < x1 * size && at.z >= z0 * size && at.z < z1 * size,
    );
    select(hit ? { kind: "shard", shard: hit.shard } : null);
  }

  private draw(): void {
    if (!this.canvas.isConnected || this.canvas.clientWidth === 0) return;
    const c = context_of(this.canvas);
    this.camera.resize(this.canvas.clientWidth, this.canvas.clientHeight);
    c.fillStyle = colour("ground");
    c.fillRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    const { world } = now();
    const origin = this.camera.to_screen(0, 0);
    const end = this.camera.to_screen(world.extent.width_m, world.extent.depth_m);
    if (this.ground?.complete && this.ground.naturalWidth > 0) {
      c.imageSmoothingEnabled = true;
      c.drawImage(this.ground, origin.x, origin.z, end.x - origin.x, end.z - origin.z);
    } else {
      c.fillStyle = colour("panel");
      c.fillRect(origin.x, origin.z, end.x - origin.x, end.z - origin.z);
    }
    const most = this.draw_shards(c);
    if (this.flows.checked) this.draw_migrations(c);
    const entities = this.draw_entities(c);
    this.draw_legend(most, entities);
  }

  private rectangle_of(shard: number): { x: number; z: number; width: number; depth: number } {
    const size = now().world.cell_size_m;
    const [x0, z0, x1, z1] = now().world.shards[shard]!.cells;
    const from = this.camera.to_screen(x0 * size, z0 * size);
    const to = this.camera.to_screen(x1 * size, z1 * size);
    return { x: from.x, z: from.z, width: to.x - from.x, depth: to.z - from.z };
  }

  /** Returns the value that the brightest colour stands for. */
  private draw_shards(c: CanvasRenderingContext2D): number {
    const { world, shards, selection } = now();
    const values = this.shown === "none" ? [] : (shards?.[this.shown] ?? []);
    // One straggler must not make all others black.
    const most = Math.max(percentile([...values].sort((a, b) => a - b), 0.98) || 0, 1e-9);
    world.shards.forEach((_, i) => {
      const r = this.rectangle_of(i);
      const value = values[i];
      if (value !== undefined) {
        c.fillStyle = heat(value / most, world.terrain ? 0.62 : 0.9);
        c.fillRect(r.x, r.z, r.width, r.depth);
      }
      c.strokeStyle = "rgb(220 230 245 / 0.28)";
      c.lineWidth = 1;
      c.strokeRect(r.x, r.z, r.width, r.depth);
    });
    if (selection?.kind === "shard") {
      const r = this.rectangle_of(selection.shard);
      c.strokeStyle = colour("accent");
      c.lineWidth = 3;
      c.strokeRect(r.x + 1, r.z + 1, r.width - 2, r.depth - 2);
    }
    return most;
  }

  /** How many left a shard in the tick: a ring that grows with it. */
  private draw_migrations(c: CanvasRenderingContext2D): void {
    const { shards } = now();
    if (!shards) return;
    const most = Math.max(1, ...shards.left);
    c.strokeStyle = colour("warn");
    shards.left.forEach((left, i) => {
      if (left === 0) return;
      const r = this.rectangle_of(i);
      const radius = Math.min(r.width, r.depth) * 0.06 + Math.min(r.width, r.depth) * 0.22 * Math.sqrt(left / most);
      c.lineWidth = Math.max(1, Math.min(4, radius / 5));
      c.beginPath();
      c.arc(r.x + r.width / 2, r.z + r.depth / 2, radius, 0, 2 * Math.PI);
      c.stroke();
    });
  }

  private draw_entities(c: CanvasRenderingContext2D): entities_in_view | null {
    const { entities, followed } = now();
    const near = this.view_for_entities() ? entities : null;
    if (near) {
      const size = Math.min(5, Math.max(2, 0.5 / this.camera.metres_per_pixel()));
      const colours = near.kinds.map((_, k) => colour(`series-${(k % 8) + 1}`));
      for (const p of points_of(near)) {
        const at = this.camera.to_screen(p.x, p.z);
        c.fillStyle = colours[p.kind] ?? "white";
        c.fillRect(at.x - size / 2, at.z - size / 2, size, size);
      }
    }
    if (followed) {
      const at = this.camera.to_screen(followed.x_m, followed.z_m);
      c.strokeStyle = "white";
      c.lineWidth = 2;
      c.beginPath();
      c.arc(at.x, at.z, 9, 0, 2 * Math.PI);
      c.stroke();
    }
    return near;
  }

  private draw_legend(most: number, entities: entities_in_view | null): void {
    const parts: HTMLElement[] = [];
    if (this.shown !== "none") {
      const text = (v: number) => (this.shown === "entities" ? grouped(v) : milliseconds(v));
      const bar = make("div", { class: "scale" });
      bar.style.background = heat_gradient();
      const label = figures.find((f) => f.figure === this.shown)?.label ?? "";
      parts.push(make("div", {}, `${label} per shard: 0 to ${text(most)}`), bar);
    }
    if (entities) {
      const kinds = entities.kinds.map((kind, k) => {
        const tag = make("span", { class: "series" }, kind.replaceAll("+", " "));
        tag.style.setProperty("--of", series(k));
        return tag;
      });
      const shown = entities.shown < entities.count ? `, ${grouped(entities.shown)} shown` : "";
      parts.push(make("div", {}, `${grouped(entities.count)} entities in view${shown}`), make("div", {}, ...kinds));
    } else {
      parts.push(make("div", { class: "dim" }, "Zoom in to see entities; click a shard to open it"));
    }
    const text = parts.map((p) => p.outerHTML).join("");
    if (this.legend.dataset.shown !== text) {
      this.legend.dataset.shown = text;
      this.legend.replaceChildren(...parts);
    }
    set_text(this.canvas, `${short(this.camera.metres_per_pixel())} m per pixel`);
  }
}

interface point {
  x: number;
  z: number;
  kind: number;
}

/** Five bytes each: u16 x, u16 z as parts of the view, u8 kind. */
export function points_of(view: entities_in_view): point[] {
  const text = atob(view.points);
  const [x0, z0, x1, z1] = view.view;
  const out: point[] = [];
  for (let at = 0; at + 5 <= text.length; at += 5) {
    const byte = (i: number) => text.charCodeAt(at + i);
    out.push({
      x: x0 + ((x1 - x0) * (byte(0) + 256 * byte(1))) / 65535,
      z: z0 + ((z1 - z0) * (byte(2) + 256 * byte(3))) / 65535,
      kind: byte(4),
    });
  }
  return out;
}

/** Forgets entities of a view that nobody looks at any more. */
export function forget_entities(): void {
  change({ entities: null });
}
