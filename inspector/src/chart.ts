// A frame for numbers over ticks: room for the axes, lines with their values, places of ticks.

import { colour } from "./colours";

export interface plot {
  c: CanvasRenderingContext2D;
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Pixels from the top for a value. */
  y: (value: number) => number;
}

export const left_room = 58;
export const right_room = 8;
const top_room = 10;

/** A round step of which some `parts` make up `most`. */
export function round_step(most: number, parts: number): number {
  const rough = Math.max(most, 1e-12) / parts;
  const ten = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((f) => f * ten >= rough) ?? 10) * ten;
}

/** Draws the lines of values from 0 to `most`. */
export function begin_plot(
  c: CanvasRenderingContext2D,
  width: number,
  height: number,
  most: number,
  label: (value: number) => string,
  bottom_room: number,
): plot {
  const bottom = height - bottom_room;
  const y = (value: number) => bottom - ((bottom - top_room) * value) / most;
  const step = round_step(most, Math.max(2, (bottom - top_room) / 44));
  c.font = "11px system-ui, sans-serif";
  c.textAlign = "right";
  c.textBaseline = "middle";
  c.lineWidth = 1;
  for (let value = 0; value <= most * 1.0001; value += step) {
    const at = Math.round(y(value)) + 0.5;
    c.strokeStyle = colour("line");
    c.globalAlpha = value === 0 ? 1 : 0.55;
    c.beginPath();
    c.moveTo(left_room, at);
    c.lineTo(width - right_room, at);
    c.stroke();
    c.globalAlpha = 1;
    c.fillStyle = colour("dim");
    c.fillText(label(value), left_room - 8, at);
  }
  return { c, left: left_room, right: width - right_room, top: top_room, bottom, y };
}

/** A level line with its name at the right end. */
export function level(p: plot, value: number, name: string, of: string, dashed = true): void {
  const at = Math.round(p.y(value)) + 0.5;
  p.c.strokeStyle = colour(of);
  p.c.lineWidth = 1;
  p.c.setLineDash(dashed ? [4, 4] : []);
  p.c.beginPath();
  p.c.moveTo(p.left, at);
  p.c.lineTo(p.right, at);
  p.c.stroke();
  p.c.setLineDash([]);
  p.c.textAlign = "right";
  p.c.textBaseline = at - 14 < p.top ? "top" : "bottom";
  const width = p.c.measureText(name).width;
  p.c.fillStyle = colour("panel");
  p.c.globalAlpha = 0.8;
  p.c.fillRect(p.right - width - 6, p.c.textBaseline === "top" ? at + 1 : at - 15, width + 6, 14);
  p.c.globalAlpha = 1;
  p.c.fillStyle = colour(of);
  p.c.fillText(name, p.right - 3, p.c.textBaseline === "top" ? at + 2 : at - 2);
}

/** Numbers of ticks under the plot. */
export function tick_axis(
  p: plot,
  first: number,
  last: number,
  x: (tick: number) => number,
  label: (tick: number) => string,
): void {
  const step = Math.max(1, round_step(last - first + 1, (p.right - p.left) / 110));
  p.c.fillStyle = colour("dim");
  p.c.textAlign = "center";
  p.c.textBaseline = "top";
  for (let tick = Math.ceil(first / step) * step; tick <= last; tick += step) {
    if (x(tick) < p.left + 10 || x(tick) > p.right - 10) continue;
    p.c.fillText(label(tick), x(tick), p.bottom + 5);
  }
}
