// Numbers as people read them.

/** "62 363" */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

/** Three significant digits: "4.69", "12.6", "381". */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return grouped(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 1 || size === 0) return value.toFixed(2);
  return value.toPrecision(2);
}

export function milliseconds(value: number): string {
  if (value === 0) return "0 ms";
  return Math.abs(value) < 0.1 ? `${short(value * 1000)} µs` : `${short(value)} ms`;
}

export function metres(value: number): string {
  return value >= 1000 ? `${short(value / 1000)} km` : `${short(value)} m`;
}

export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    ++at;
  }
  return `${at === 0 ? Math.round(value) : short(value)} ${units[at]}`;
}

/** "2 h 03 min", "41 s" */
export function duration(seconds: number): string {
  if (seconds < 60) return `${short(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** The value at a share of ascending numbers; the `worst` end is 1. */
export function percentile(ascending: ArrayLike<number>, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? NaN;
}

export const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
