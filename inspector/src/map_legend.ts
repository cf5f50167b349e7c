// What colours, dots and arrows of the map mean, and how long its metres are.

import type { entities_in_view } from "./api";
import { heat_gradient } from "./colours";
import { make, series_tag } from "./dom";
import { grouped, metres } from "./format";
import { kinds_in_view } from "./kinds";

export interface legend_content {
  /** What shards are coloured by, and the value of the last colour; null when they are not. */
  figure: { label: string; most: string } | null;
  entities: entities_in_view | null;
  /** Whether those are of what is in view now: right after a move they are not. */
  current: boolean;
  flows: boolean;
  metres_per_pixel: number;
  trouble: string;
}

export class map_legend {
  readonly element = make("div", { class: "legend card" });

  show({ figure, entities, current, flows, metres_per_pixel, trouble }: legend_content): void {
    const parts: HTMLElement[] = [];
    if (figure) {
      const scale = make("div", { class: "scale" });
      scale.style.background = heat_gradient();
      const ends = make("div", { class: "ends" }, make("span", {}, "0"), make("span", {}, figure.most));
      parts.push(make("div", { class: "dim" }, `${figure.label} of a shard`), scale, ends);
    }
    if (entities) {
      const kinds = kinds_in_view(entities.kinds).map(({ name, series }) => series_tag(series, name));
      const every = entities.shown < entities.count ? `, one in ${Math.round(1 / entities.share)} shown` : "";
      const count = current ? `${grouped(entities.count)} entities in view${every}` : "looking for entities…";
      parts.push(make("div", {}, count), make("div", { class: "kinds" }, ...kinds));
    }
    if (flows)
      parts.push(make("div", { class: "dim flows" }, "change shards", make("span", { class: "band" }), "ghosts"));
    parts.push(scale_bar(metres_per_pixel));
    if (trouble) parts.push(make("div", { class: "bad" }, trouble));
    const markup = parts.map((p) => p.outerHTML).join("");
    if (this.element.dataset.shown === markup) return;
    this.element.dataset.shown = markup;
    this.element.replaceChildren(...parts);
  }
}

/** A round length, some 60 to 150 pixels long. */
function scale_bar(metres_per_pixel: number): HTMLElement {
  const least = 60 * metres_per_pixel;
  const ten = 10 ** Math.floor(Math.log10(least));
  const length = ([1, 2, 5, 10].find((f) => f * ten >= least) ?? 10) * ten;
  const bar = make("div", { class: "distance" }, metres(length));
  bar.style.width = `${length / metres_per_pixel}px`;
  return bar;
}
