// The map: shards over the terrain's shading, coloured by a figure; what crosses their borders; the entities in
// view. A click opens a shard or, from near, an entity.

import { get, get_bytes, type entities_in_view, type shard_figures } from "./api";
import { borders_of, crossings_of, type crossing } from "./borders";
import { heat_gradient, on_scheme_change } from "./colours";
import { cleared, icon, make, series_tag, set_text } from "./dom";
import { ascending, grouped, metres, milliseconds, percentile } from "./format";
import type { wish } from "./live";
import { map_camera } from "./map_camera";
import { kinds_in_view, map_drawing, points_of, smoothed_figures } from "./map_drawing";
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
const click_px = 4;
/** Few cross a border in a tick; arrows stand for the last five seconds or so. */
const flow_pull = 0.06;

export class world_view implements view {
  readonly name = "world";
  readonly label = "World";
  readonly element: HTMLElement;
  private readonly below = make("canvas", { class: "below", "aria-hidden": "true" });
  private readonly above = make("canvas", { id: "map", tabindex: 0, role: "application" });
  private readonly legend = make("div", { class: "legend card" });
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
      this.legend,
      this.under_pointer,
    );
    this.listen();
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
    if (track?.entity && this.follows.checked && !this.dragging) this.keep_in_view(track.entity.x_m, track.entity.z_m);
    this.draw_above();
    this.tell_under_pointer();
  }

  wishes(): wish {
    if (!this.camera.has_size() || !this.points.checked) return { shards: 1 };
    const { x0, z0, x1, z1 } = this.camera.view();
    const near = this.camera.metres_per_pixel() < near_m_per_px;
    return { shards: 1, view: [x0, z0, x1, z1].join(","), most: near ? 1200 : 2500, hz: near ? 20 : 10 };
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

  private dragging: { x: number; z: number; travelled: number } | null = null;

  private async fetch_shading(): Promise<void> {
    this.shading = await createImageBitmap(await get_bytes("/api/terrain.png", { width: 2048 }));
    this.draw();
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

  private listen(): void {
    const canvas = this.above;
    canvas.onpointerdown = (e) => {
      this.dragging = { x: e.offsetX, z: e.offsetY, travelled: 0 };
      canvas.setPointerCapture(e.pointerId);
    };
    canvas.onpointermove = (e) => {
      this.pointer = { x: e.offsetX, z: e.offsetY };
      const d = this.dragging;
      if (!d) return this.tell_under_pointer();
      d.travelled += Math.abs(e.offsetX - d.x) + Math.abs(e.offsetY - d.z);
      if (d.travelled < click_px) return;
      canvas.classList.add("dragged");
      this.camera.drag(e.offsetX - d.x, e.offsetY - d.z);
      d.x = e.offsetX;
      d.z = e.offsetY;
      this.follows.checked = false;
      this.draw();
    };
    canvas.onpointerup = (e) => {
      canvas.classList.remove("dragged");
      const d = this.dragging;
      this.dragging = null;
      if (d && d.travelled < click_px) telling(this.pick(e.offsetX, e.offsetY));
      else this.moved();
    };
    canvas.onpointerleave = () => {
      this.pointer = null;
      this.tell_under_pointer();
    };
    canvas.ondblclick = (e) => {
      this.camera.zoom(2.5, e.offsetX, e.offsetY);
      this.moved();
    };
    canvas.addEventListener(
      "wheel",
      (e) => {
        e.preventDefault();
        this.camera.zoom(Math.exp(-e.deltaY * 0.0015), e.offsetX, e.offsetY);
        this.moved();
      },
      { passive: false },
    );
    canvas.onfocus = canvas.onblur = () => this.draw_above();
    canvas.onkeydown = (e) => {
      if (!this.press(e.key)) return;
      e.preventDefault();
      this.moved();
    };
  }

  private press(key: string): boolean {
    const step = 60;
    const by_key: Record<string, () => void> = {
      ArrowLeft: () => this.camera.drag(step, 0),
      ArrowRight: () => this.camera.drag(-step, 0),
      ArrowUp: () => this.camera.drag(0, step),
      ArrowDown: () => this.camera.drag(0, -step),
      "+": () => this.camera.zoom(1.4),
      "=": () => this.camera.zoom(1.4),
      "-": () => this.camera.zoom(1 / 1.4),
      "0": () => this.camera.show_all(),
      Enter: () => telling(this.pick(this.camera.middle().x, this.camera.middle().z)),
    };
    const done = by_key[key];
    done?.();
    if (key.startsWith("Arrow")) this.follows.checked = false;
    return done !== undefined;
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
    const newest = crossings_of(figures, this.borders);
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

  private draw(): void {
    this.draw_below();
    this.draw_above();
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
    this.draw_legend(now());
  }

  private draw_legend({ entities, shards, trouble }: known): void {
    const parts: HTMLElement[] = [];
    const figure = figures.find((f) => f.figure === this.shown);
    if (figure && this.shown !== "none" && shards) {
      const bar = make("div", { class: "scale" });
      bar.style.background = heat_gradient();
      const ends = make("div", { class: "ends" }, make("span", {}, "0"), make("span", {}, figure.text(this.most)));
      parts.push(make("div", { class: "dim" }, `${figure.label} of a shard`), bar, ends);
    }
    if (entities && this.points.checked) {
      const kinds = kinds_in_view(entities).map(({ name, series }) => series_tag(series, name));
      const every = entities.shown < entities.count ? `, one in ${Math.round(1 / entities.share)} shown` : "";
      parts.push(
        make("div", {}, `${grouped(entities.count)} entities in view${every}`),
        make("div", { class: "kinds" }, ...kinds),
      );
    }
    if (this.flows.checked && shards)
      parts.push(make("div", { class: "dim flows" }, "change shards", make("span", { class: "band" }), "ghosts"));
    const { length_m, length_px } = scale_bar(this.camera.metres_per_pixel());
    const bar = make("div", { class: "distance" }, metres(length_m));
    bar.style.width = `${length_px}px`;
    parts.push(bar);
    if (trouble) parts.push(make("div", { class: "bad" }, trouble));
    const markup = parts.map((p) => p.outerHTML).join("");
    if (this.legend.dataset.shown === markup) return;
    this.legend.dataset.shown = markup;
    this.legend.replaceChildren(...parts);
  }

  private tell_under_pointer(): void {
    const { shards } = now();
    const at = this.pointer && !this.dragging ? this.camera.to_world(this.pointer.x, this.pointer.z) : null;
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

/** A round length that is some 60 to 150 pixels long. */
function scale_bar(metres_per_pixel: number): { length_m: number; length_px: number } {
  const least = 60 * metres_per_pixel;
  const ten = 10 ** Math.floor(Math.log10(least));
  const length_m = ([1, 2, 5, 10].find((f) => f * ten >= least) ?? 10) * ten;
  return { length_m, length_px: length_m / metres_per_pixel };
}
