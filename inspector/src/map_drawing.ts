// Draws the map, in two layers. Below: shards, coloured by a figure, under the terrain's shading. Above: what crosses
// borders, entities, what is selected.

import type { entities_in_view, shard_figures, world } from "./api";
import type { border, crossing } from "./borders";
import { colour, heat, is_light, text_on_heat } from "./colours";
import { series_of_kind } from "./kinds";
import type { map_camera } from "./map_camera";
import type { selection, track } from "./state";

type context = CanvasRenderingContext2D;

export interface point {
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

/** Entities per tick over a border that the largest arrow stands for, where nowhere more go. */
const least_flow = 0.02;

interface screen_box {
  x: number;
  z: number;
  width: number;
  depth: number;
}

export class map_drawing {
  constructor(
    private readonly world: world,
    private readonly camera: map_camera,
  ) {}

  box_of(shard: number): screen_box {
    const size = this.world.cell_size_m;
    const [x0, z0, x1, z1] = this.world.shards[shard]!.cells;
    const from = this.camera.to_screen(x0 * size, z0 * size);
    const to = this.camera.to_screen(x1 * size, z1 * size);
    return { x: from.x, z: from.z, width: to.x - from.x, depth: to.z - from.z };
  }

  /** `shares` from 0 to 1 give the shards their colours; none: the bare ground. */
  ground(c: context, shading: CanvasImageSource | null, shares: ArrayLike<number> | null): void {
    const { extent } = this.world;
    const from = this.camera.to_screen(0, 0);
    const to = this.camera.to_screen(extent.width_m, extent.depth_m);
    c.fillStyle = colour("land");
    c.fillRect(from.x, from.z, to.x - from.x, to.z - from.z);
    const boxes = this.world.shards.map((_, i) => this.box_of(i));
    if (shares)
      boxes.forEach((b, i) => {
        c.fillStyle = heat(shares[i] ?? 0);
        // Whole pixels, so that no seam shows the ground between two shards.
        const x = Math.floor(b.x);
        const z = Math.floor(b.z);
        c.fillRect(x, z, Math.floor(b.x + b.width) - x, Math.floor(b.z + b.depth) - z);
      });
    if (shading) {
      c.globalCompositeOperation = is_light() ? "multiply" : "hard-light";
      c.globalAlpha = is_light() ? 0.55 : 0.5;
      c.imageSmoothingQuality = "high";
      c.drawImage(shading, from.x, from.z, to.x - from.x, to.z - from.z);
      c.globalCompositeOperation = "source-over";
      c.globalAlpha = 1;
    }
    c.strokeStyle = colour("grid");
    c.lineWidth = 1;
    c.beginPath();
    for (const b of boxes) {
      c.moveTo(Math.round(b.x) + 0.5, b.z);
      c.lineTo(Math.round(b.x) + 0.5, b.z + b.depth);
      c.moveTo(b.x, Math.round(b.z) + 0.5);
      c.lineTo(b.x + b.width, Math.round(b.z) + 0.5);
    }
    c.stroke();
    c.strokeRect(Math.round(from.x) + 0.5, Math.round(from.z) + 0.5, to.x - from.x, to.z - from.z);
    this.numbers(c, boxes, shares);
  }

  private numbers(c: context, boxes: screen_box[], shares: ArrayLike<number> | null): void {
    c.font = "11px system-ui, sans-serif";
    c.textBaseline = "top";
    boxes.forEach((b, i) => {
      if (b.width < 44 || b.depth < 30) return;
      c.fillStyle = colour(text_on_heat(shares?.[i] ?? 0));
      c.fillText(String(i), b.x + 5, b.z + 5);
    });
  }

  /** Ghosts: a band on the side of the border on which they are copies. */
  ghosts(c: context, borders: readonly border[], crossings: readonly crossing[]): void {
    let most = 1e-9;
    crossings.forEach(
      (k, i) => (most = Math.max(most, k.ghosts_in_a / borders[i]!.length, k.ghosts_in_b / borders[i]!.length)),
    );
    c.fillStyle = colour("ghost");
    borders.forEach((border, i) => {
      const k = crossings[i]!;
      const from = this.camera.to_screen(border.x0, border.z0);
      const to = this.camera.to_screen(border.x1, border.z1);
      const upright = border.x0 === border.x1;
      const shorter = Math.min(this.box_of(border.a).width, this.box_of(border.a).depth);
      const widest = Math.max(1.5, Math.min(8, shorter * 0.06));
      for (const [count, side] of [
        [k.ghosts_in_a, -1],
        [k.ghosts_in_b, 1],
      ] as const) {
        const share = Math.sqrt(count / border.length / most);
        if (share < 0.02) continue;
        c.globalAlpha = 0.08 + 0.32 * share;
        const width = side * widest * (0.3 + 0.7 * share);
        if (upright) c.fillRect(from.x, from.z, width, to.z - from.z);
        else c.fillRect(from.x, from.z, to.x - from.x, width);
      }
    });
    c.globalAlpha = 1;
  }

  /** Migrations: arrows over the border, the larger the more went that way. */
  migrations(c: context, borders: readonly border[], crossings: readonly crossing[]): void {
    let most = least_flow;
    for (const k of crossings) most = Math.max(most, k.there, k.back);
    c.strokeStyle = colour("flow");
    c.lineCap = "round";
    c.lineJoin = "round";
    borders.forEach((border, i) => {
      const k = crossings[i]!;
      const middle = this.camera.to_screen((border.x0 + border.x1) / 2, (border.z0 + border.z1) / 2);
      const upright = border.x0 === border.x1;
      const long = border.length / this.camera.metres_per_pixel();
      const apart = Math.min(18, long * 0.16);
      for (const [count, way] of [
        [k.there, 1],
        [k.back, -1],
      ] as const) {
        const share = Math.sqrt(count / most);
        if (share < 0.15) continue;
        const size = Math.min(26, long * 0.28) * (0.4 + 0.6 * share);
        c.globalAlpha = 0.3 + 0.7 * share;
        c.lineWidth = Math.max(1.2, size / 9);
        c.beginPath();
        arrow(c, middle.x + (upright ? 0 : way * apart), middle.z + (upright ? way * apart : 0), upright, way, size);
        c.stroke();
      }
    });
    c.globalAlpha = 1;
  }

  entities(c: context, points: readonly point[], kinds: readonly string[]): void {
    const size = Math.min(9, Math.max(1.6, 5 / this.camera.metres_per_pixel()));
    kinds.forEach((name, kind) => {
      // Rare kinds would drown among many small points.
      const of_kind = points.filter((p) => p.kind === kind);
      const larger = of_kind.length < points.length / 20 ? size + 1.4 : size;
      // A rim, as the ground may have any colour.
      c.fillStyle = colour("rim");
      this.dots(c, of_kind, larger + 1.4);
      c.fillStyle = colour(series_of_kind(name));
      this.dots(c, of_kind, larger);
    });
  }

  private dots(c: context, points: readonly point[], size: number): void {
    c.beginPath();
    for (const p of points) {
      const at = this.camera.to_screen(p.x, p.z);
      if (size < 5) c.rect(at.x - size / 2, at.z - size / 2, size, size);
      else {
        c.moveTo(at.x + size / 2, at.z);
        c.arc(at.x, at.z, size / 2, 0, 2 * Math.PI);
      }
    }
    c.fill();
  }

  selected(c: context, selection: selection, track: track | null): void {
    if (selection?.kind === "shard" && selection.shard < this.world.shards.length) {
      const b = this.box_of(selection.shard);
      c.strokeStyle = colour("map-accent");
      c.lineWidth = 2.5;
      c.strokeRect(b.x + 1, b.z + 1, b.width - 2, b.depth - 2);
    }
    if (!track?.entity) return;
    c.strokeStyle = colour("map-accent");
    c.lineWidth = 1.5;
    c.beginPath();
    track.trail.forEach((p, i) => {
      const at = this.camera.to_screen(p.x, p.z);
      if (i === 0) c.moveTo(at.x, at.z);
      else c.lineTo(at.x, at.z);
    });
    c.stroke();
    const at = this.camera.to_screen(track.entity.x_m, track.entity.z_m);
    c.lineWidth = 2.5;
    c.setLineDash(track.missing ? [3, 3] : []);
    c.beginPath();
    c.arc(at.x, at.z, 10, 0, 2 * Math.PI);
    c.stroke();
    c.setLineDash([]);
  }

  /** Where Enter would look, for those who move the map with keys. */
  crosshair(c: context): void {
    const { x, z } = this.camera.middle();
    c.strokeStyle = colour("map-accent");
    c.lineWidth = 1.5;
    c.beginPath();
    for (const [dx, dz] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      c.moveTo(x + 5 * dx, z + 5 * dz);
      c.lineTo(x + 12 * dx, z + 12 * dz);
    }
    c.stroke();
  }
}

function arrow(c: context, x: number, z: number, upright: boolean, way: 1 | -1, size: number): void {
  const put = (along: number, across: number, first = false) => {
    const px = upright ? x + way * along : x + across;
    const pz = upright ? z + across : z + way * along;
    if (first) c.moveTo(px, pz);
    else c.lineTo(px, pz);
  };
  put(-size / 2, 0, true);
  put(size / 2, 0);
  put(size / 2 - size * 0.38, -size * 0.32, true);
  put(size / 2, 0);
  put(size / 2 - size * 0.38, size * 0.32);
}

/** Figures of a tick jump about; these follow them in a second or so, and are calm to look at. */
export class smoothed_figures {
  private values: number[] = [];
  private tick = -1;

  constructor(
    private readonly of: "busy_ms" | "wait_ms" | "entities",
    private readonly pull: number,
  ) {}

  follow(figures: shard_figures): readonly number[] {
    const newest = figures[this.of];
    if (this.values.length !== newest.length) this.values = [...newest];
    else if (figures.tick !== this.tick)
      newest.forEach((v, i) => (this.values[i]! += (v - this.values[i]!) * this.pull));
    this.tick = figures.tick;
    return this.values;
  }
}
