// Colours for quantities and for kinds. Quantities go from quiet to bright on dark paper, from pale to deep on
// light paper; never from red to green, which many cannot tell apart.

type stop = [number, number, number];

const on_dark: stop[] = [
  [40, 51, 77],
  [44, 84, 127],
  [49, 132, 148],
  [112, 176, 132],
  [222, 196, 104],
  [255, 236, 178],
];
const on_light: stop[] = [
  [238, 241, 230],
  [196, 222, 207],
  [129, 191, 194],
  [66, 143, 177],
  [48, 92, 150],
  [52, 40, 104],
];

const light = matchMedia("(prefers-color-scheme: light)");
let known = new Map<string, string>();

export function is_light(): boolean {
  return light.matches;
}

/** Calls when the reader changes between light and dark. */
export function on_scheme_change(changed: () => void): void {
  light.addEventListener("change", () => {
    known = new Map();
    changed();
  });
}

/** A colour of the style sheet, for a canvas. */
export function colour(name: string): string {
  let found = known.get(name);
  if (found === undefined) {
    found = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    known.set(name, found);
  }
  return found;
}

/** `share` from 0 to 1. */
export function heat(share: number): string {
  const stops = light.matches ? on_light : on_dark;
  const at = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const a = stops[low]!;
  const b = stops[low + 1]!;
  const mix = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * (at - low));
  return `rgb(${mix(0)} ${mix(1)} ${mix(2)})`;
}

/** The name of a colour that can be read on it. */
export function text_on_heat(share: number): string {
  return share > 0.55 ? "on-much" : "on-little";
}

export function heat_gradient(): string {
  const stops = light.matches ? on_light : on_dark;
  return `linear-gradient(to right, ${stops.map((s) => `rgb(${s.join(" ")})`).join(", ")})`;
}

export const series_count = 8;

/** The name of one of eight colours that tell kinds apart; the last, a grey, is for all the rest. */
export function series(index: number): string {
  return `series-${Math.min(index, series_count - 1) + 1}`;
}
