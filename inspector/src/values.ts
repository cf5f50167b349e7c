// Values of fields: how they are shown, and how what a person types becomes one.

import type { component, field_value } from "./api";
import { short } from "./format";

export type field = component["fields"][number];

export function show_value(value: field_value, field?: field): string {
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value !== "number") return String(value);
  if (field && is_whole(field.type)) return String(value);
  return Math.abs(value) >= 1000 ? short(value) : String(Number(value.toPrecision(4)));
}

/** All digits, for a field that is about to be edited. */
export function exact_value(value: field_value): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** The unit as written after a value; ratios have none. */
export function unit_of(field?: field): string {
  return !field || field.unit === "1" ? "" : field.unit;
}

function is_whole(type: string): boolean {
  return /^[ui]\d+$/.test(type);
}

/** Throws with what was found and what is allowed. The server checks again. */
export function parse_value(text: string, type: string): field_value {
  const trimmed = text.trim();
  if (type === "boolean") {
    if (trimmed === "true" || trimmed === "false") return trimmed === "true";
    throw new Error(`found "${trimmed}"; allowed: true, false`);
  }
  if (type === "entity") {
    if (/^[0-9a-f]{16}$/.test(trimmed)) return trimmed;
    throw new Error(`found "${trimmed}"; allowed: an entity's id, 16 hex digits`);
  }
  if (type === "cell") {
    const found = /^\[?\s*(-?\d+)\s*[, ]\s*(-?\d+)\s*\]?$/.exec(trimmed);
    if (found) return [Number(found[1]), Number(found[2])];
    throw new Error(`found "${trimmed}"; allowed: a cell, as in "12, 40"`);
  }
  if (is_whole(type)) {
    if (!/^[+-]?\d+$/.test(trimmed)) throw new Error(`found "${trimmed}"; allowed: a whole number`);
    const number = Number(trimmed);
    return Number.isSafeInteger(number) ? number : trimmed; // beyond 2^53 it goes as text
  }
  const number = Number(trimmed);
  if (trimmed !== "" && Number.isFinite(number)) return number;
  throw new Error(`found "${trimmed}"; allowed: a number`);
}
