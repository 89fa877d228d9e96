/** Values of properties as text. */

import { moment, number } from "../lib/i18n.svelte";
import { c } from "./texts";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** Returns a value on one line. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return c(value ? "yes" : "no");
  if (typeof value === "number") return Number.isInteger(value) ? number(value) : String(value);
  if (Array.isArray(value)) return value.length > 3 ? `${value.slice(0, 3).map(shown).join(", ")} … (${number(value.length)})` : value.map(shown).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  return MOMENT.test(text) ? moment(new Date(text)) : text;
}

/** Returns a value so that values can be compared: numbers as numbers, texts without letter case. */
export function comparable(value: unknown): number | string {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return Array.isArray(value) ? value.length : String(value ?? "").toLocaleLowerCase();
}
