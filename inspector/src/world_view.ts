// The map: shards over the terrain's shading, coloured by a figure; what crosses their borders; the entities in
// view. A click opens a shard or, from near, an entity.

import { get, get_bytes, type entities_in_view, type shard_figures } from "./api";
import { borders_of, crossings_of, type crossing } from "./borders";
import { on_scheme_change } from "./colours";
import { cleared, icon, make, set_text } from "./dom";
import { ascending, grouped, milliseconds, percentile } from "./format";
import type { wish } from "./live";
import { map_camera } from "./map_camera";
import { map_drawing, points_of, smoothed_figures } from "./map_drawing";
import { listen_to_map } from "./map_input";
import { map_legend } from "./map_legend";
import { telling } from "./notice";
import { now, select, type known } from "./state";
import type { view } from "./view";

type figure = "busy_ms" | "wait_ms" | "entities" | "none";
const figures: { figure: figure; label: string; text: (value: number) => string }[] = [
  { figure: "busy_ms", label: "Tick time", text: milliseconds },
  { figure: "entities", label: "Entities", text: grouped },
  { figure: "wait_ms", label: "Wait", text: milliseconds },
  { figure: "none", label: "Ground", text: grouped },
];

/** From nearer than this a click means an entity, if one is there. */
const picks_entities_m_per_px = 4;
const pick_reach_px = 12;
/** From nearer than this few entities are in view and their steps can be seen: fewer points, more often. */
const near_m_per_px = 3;
/** Few cross a border in a tick; arrows stand for the last five seconds or so. */
const flow_pull = 0.06;

export class world_view implements view {
  readonly name = "world";
  readonly label = "World";
  readonly element: HTMLElement;
  private readonly below = make("canvas", { class: "below", "aria-hidden": "true" });
  private readonly above = make("canvas", { id: "map", tabindex: 0, role: "application" });
  private readonly legend = new map_legend();
  private readonly under_pointer = make("div", { class: "under-pointer card", hidden: true });
  private readonly follows = make("input", { type: "checkbox", checked: true });
  private readonly flows = make("input", { type: "checkbox", checked: true, onchange: () => this.draw_above() });
  private readonly points = make("input", { type: "checkbox", checked: true, onchange: () => this.moved() });
  private readonly camera: map_camera;
  private readonly drawing: map_drawing;
  private readonly borders = borders_of(now().world);
  private readonly smooth = {
    busy_ms: new smoothed_figures("busy_ms", 0.3),
    wait_ms: new smoothed_figures("wait_ms", 0.3),
    entities: new smoothed_figures("entities", 1),
  };
  private shown: figure = "busy_ms";
  private shading: ImageBitmap | null = null;
  private crossings: crossing[] = [];
  private most = 0;
  private drawing_soon = false;
  private drawn: shard_figures | null = null;
  private pointer: { x: number; z: number } | null = null;

  constructor(private readonly wishes_changed: () => void) {
    const { world } = now();
    this.camera = new map_camera(world.extent.width_m, world.extent.depth_m);
    this.drawing = new map_drawing(world, this.camera);
    if (world.terrain) telling(this.fetch_shading());
    this.element = make(
      "section",
      { class: "view whole map" },
      this.below,
      this.above,
      this.tools(),
      this.legend.element,
      this.under_pointer,
    );
    listen_to_map(this.above, this.camera, {
      moved: (at_rest, by_hand) => {
        if (by_hand) this.follows.checked = false;
        if (at_rest) this.moved();
        else this.draw();
      },
      picked: (px, pz) => telling(this.pick(px, pz)),
      pointed: (at) => {
        this.pointer = at;
        this.tell_under_pointer();
      },
    });
    this.above.onfocus = this.above.onblur = () => this.draw();
    on_scheme_change(() => this.draw());
    new ResizeObserver(() => this.resized()).observe(this.above);
  }

  show(): void {
    this.resized();
  }

  hide(): void {}

  update(): void {
    const { shards, track } = now();
    if (shards && shards !== this.drawn) {
      this.drawn = shards;
      this.take_crossings(shards);
      this.draw_below();
      this.label_map();
    }
    if (track?.entity && this.follows.checked) this.keep_in_view(track.entity.x_m, track.entity.z_m);
    this.draw_above();
    this.tell_under_pointer();
  }

  wishes(): wish {
    if (!this.camera.has_size() || !this.points.checked) return { shards: 1 };
    const near = this.camera.metres_per_pixel() < near_m_per_px;
    return { shards: 1, view: this.view_text(), most: near ? 1200 : 2500, hz: near ? 20 : 10 };
  }

  private view_text(): string {
    const { x0, z0, x1, z1 } = this.camera.view();
    return [x0, z0, x1, z1].join();
  }

  /** So near that steps can be seen, with the place in the middle. */
  go_to(x: number, z: number): void {
    this.camera.fit({ x0: x - 300, z0: z - 300, x1: x + 300, z1: z + 300 });
    this.moved();
  }

  show_shard(shard: number): void {
    const size = now().world.cell_size_m;
    const [x0, z0, x1, z1] = now().world.shards[shard]!.cells;
    this.camera.fit({ x0: x0 * size, z0: z0 * size, x1: x1 * size, z1: z1 * size });
    this.moved();
  }

  private async fetch_shading(): Promise<void> {
    // A coarse one is there at once; the fine one takes the server some time.
    for (const width of [512, 2048]) {
      this.shading = await createImageBitmap(await get_bytes("/api/terrain.png", { width }));
      this.draw();
    }
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
    const zoom = (name: string, picture: "plus" | "minus" | "whole", done: () => void) =>
      make(
        "button",
        { class: "icon", title: name, "aria-label": name, onclick: () => (done(), this.moved()) },
        icon(picture),
      );
    return make(
      "div",
      { class: "tools" },
      make("div", { class: "group card", role: "group", "aria-label": "Colour shards by" }, ...buttons),
      make(
        "div",
        { class: "group card" },
        make("label", { title: "Migrations and ghosts over the borders" }, this.flows, "Flows"),
        make("label", {}, this.points, "Entities"),
        make("label", { title: "Moves the map along with the selected entity" }, this.follows, "Follow"),
      ),
      make(
        "div",
        { class: "group card", role: "group", "aria-label": "Zoom" },
        zoom("Zoom in (+)", "plus", () => this.camera.zoom(1.6)),
        zoom("Zoom out (-)", "minus", () => this.camera.zoom(1 / 1.6)),
        zoom("Whole world (0)", "whole", () => this.camera.show_all()),
      ),
    );
  }

  private async pick(px: number, pz: number): Promise<void> {
    const at = this.camera.to_world(px, pz);
    if (this.camera.metres_per_pixel() <= picks_entities_m_per_px) {
      const id = await this.nearest_entity(at.x, at.z);
      if (id) {
        this.follows.checked = true;
        return select({ kind: "entity", id });
      }
    }
    const shard = this.shard_at(at.x, at.z);
    select(shard === undefined ? null : { kind: "shard", shard });
  }

  private async nearest_entity(x: number, z: number): Promise<string | null> {
    const { width_m, depth_m } = now().world.extent;
    const reach = pick_reach_px * this.camera.metres_per_pixel();
    const view = [
      Math.max(0, x - reach),
      Math.max(0, z - reach),
      Math.min(width_m, x + reach),
      Math.min(depth_m, z + reach),
    ];
    if (view[0]! >= view[2]! || view[1]! >= view[3]!) return null;
    const near = await get<entities_in_view>("/api/entities", {
      view: view.map((m) => m.toFixed(2)).join(","),
      most: 200,
      ids: 1,
    });
    let nearest: string | null = null;
    let least = Infinity;
    points_of(near).forEach((p, i) => {
      const distance = Math.hypot(p.x - x, p.z - z);
      if (distance >= least) return;
      least = distance;
      nearest = near.ids?.[i] ?? null;
    });
    return nearest;
  }

  private shard_at(x: number, z: number): number | undefined {
    const size = now().world.cell_size_m;
    return now().world.shards.find(
      ({ cells: [x0, z0, x1, z1] }) => x >= x0 * size && x < x1 * size && z >= z0 * size && z < z1 * size,
    )?.shard;
  }

  private resized(): void {
    if (this.above.clientWidth === 0) return;
    this.camera.resize(this.above.clientWidth, this.above.clientHeight);
    this.moved();
  }

  private moved(): void {
    this.draw();
    this.wishes_changed();
  }

  private keep_in_view(x: number, z: number): void {
    const at = this.camera.to_screen(x, z);
    const { x: half_width, z: half_depth } = this.camera.middle();
    const inside = Math.abs(at.x - half_width) < half_width * 0.6 && Math.abs(at.z - half_depth) < half_depth * 0.6;
    if (inside || this.camera.metres_per_pixel() > picks_entities_m_per_px) return;
    this.camera.go_to(x, z);
    this.draw_below();
    this.wishes_changed();
  }

  private take_crossings(figures: shard_figures): void {
    const newest = crossings_of(figures, this.borders, now().world);
    const mix = (a: number, b: number) => a + (b - a) * flow_pull;
    this.crossings = newest.map((k, i) => {
      const before = this.crossings[i] ?? k;
      return {
        there: mix(before.there, k.there),
        back: mix(before.back, k.back),
        ghosts_in_a: mix(before.ghosts_in_a, k.ghosts_in_a),
        ghosts_in_b: mix(before.ghosts_in_b, k.ghosts_in_b),
      };
    });
  }

  /** Once with the next frame of the screen, however often it was moved until then. */
  private draw(): void {
    if (this.drawing_soon) return;
    this.drawing_soon = true;
    requestAnimationFrame(() => {
      this.drawing_soon = false;
      this.draw_below();
      this.draw_above();
    });
  }

  private draw_below(): void {
    const { shards } = now();
    const c = cleared(this.below);
    if (!c || !this.camera.has_size()) return;
    const values = this.shown === "none" || !shards ? null : this.smooth[this.shown].follow(shards);
    // One straggler must not make all others dark.
    this.most = values ? Math.max(percentile(ascending([...values]), 0.98), 1e-9) : 0;
    this.drawing.ground(c, this.shading, values && values.map((v) => v / this.most));
  }

  private draw_above(): void {
    const c = cleared(this.above);
    if (!c || !this.camera.has_size()) return;
    const { entities, selection, track } = now();
    if (this.flows.checked && this.crossings.length > 0) {
      this.drawing.ghosts(c, this.borders, this.crossings);
      this.drawing.migrations(c, this.borders, this.crossings);
    }
    if (entities && this.points.checked) this.drawing.entities(c, points_of(entities), entities.kinds);
    this.drawing.selected(c, selection, track);
    if (this.above.matches(":focus-visible")) this.drawing.crosshair(c);
    this.show_legend(now());
  }

  private show_legend({ entities, shards, trouble }: known): void {
    const { label, text } = figures.find((f) => f.figure === this.shown)!;
    this.legend.show({
      figure: this.shown !== "none" && shards ? { label, most: text(this.most) } : null,
      entities: this.points.checked ? entities : null,
      current: entities !== null && entities.view.join() === this.view_text(),
      flows: this.flows.checked && shards !== null,
      metres_per_pixel: this.camera.metres_per_pixel(),
      trouble,
    });
  }

  private tell_under_pointer(): void {
    const { shards } = now();
    const at = this.pointer ? this.camera.to_world(this.pointer.x, this.pointer.z) : null;
    const shard = at ? this.shard_at(at.x, at.z) : undefined;
    this.under_pointer.hidden = shard === undefined || !shards;
    if (shard === undefined || !shards) return;
    const value = (of: "busy_ms" | "wait_ms" | "entities" | "left") => shards[of][shard] ?? 0;
    set_text(
      this.under_pointer,
      `Shard ${shard} · tick ${milliseconds(value("busy_ms"))}, waits ${milliseconds(value("wait_ms"))} · ` +
        `${grouped(value("entities"))} entities, ${grouped(value("left"))} leaving`,
    );
  }

  private label_map(): void {
    const { shards, world } = now();
    const worst = shards ? shards.busy_ms.indexOf(Math.max(...shards.busy_ms)) : 0;
    const slowest = shards ? `; the slowest is ${worst} with ${milliseconds(shards.busy_ms[worst] ?? 0)}` : "";
    this.above.setAttribute(
      "aria-label",
      `Map of ${world.shards.length} shards${slowest}. Arrows move, plus and minus zoom, Enter opens what is in the middle.`,
    );
  }
}
