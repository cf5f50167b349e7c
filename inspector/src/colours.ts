// Colours for quantities: dark and blue for little, light and yellow for much, readable without telling
// red from green.

const stops: [number, number, number][] = [
  [38, 46, 84],
  [44, 86, 140],
  [56, 134, 150],
  [110, 178, 122],
  [214, 205, 92],
  [255, 238, 170],
];

/** `share` from 0 to 1. */
export function heat(share: number, alpha = 1): string {
  const at = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const a = stops[low]!;
  const b = stops[low + 1]!;
  const mix = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * (at - low));
  return `rgb(${mix(0)} ${mix(1)} ${mix(2)} / ${alpha})`;
}

export function heat_gradient(): string {
  return `linear-gradient(to right, ${stops.map((s) => `rgb(${s.join(" ")})`).join(", ")})`;
}

/** One of eight colours that tell series and kinds apart. */
export function series(index: number): string {
  return `var(--series-${(index % 8) + 1})`;
}
