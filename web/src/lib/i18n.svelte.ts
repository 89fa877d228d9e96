/** Texts in the language that was chosen. A table of texts is typed: what one language has, the others must have. */

import { de } from "./texts.de";
import { en } from "./texts.en";
import { settings } from "./settings.svelte";

/** A text, or one for one thing and one for any other number of them; `{name}` is filled in. */
export type Text = string | { one: string; other: string };
export type Table<Keys extends string> = Record<Keys, Text>;
type Values = Record<string, string | number>;

/** Returns what looks texts up in tables of the same keys.
 *
 * The `n` among the values chooses between one and many. A part of the client that comes later brings tables of its own.
 */
export function translator<Keys extends string>(tables: { en: Table<Keys>; de: Table<Keys> }) {
  return (key: Keys, values: Values = {}): string => {
    const text = tables[settings.language][key];
    return filled(typeof text === "string" ? text : text[plural(values["n"])], values);
  };
}

function plural(n: string | number | undefined): "one" | "other" {
  return new Intl.PluralRules(settings.language).select(Number(n ?? 0)) === "one" ? "one" : "other";
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = values[name];
    return value === undefined ? all : typeof value === "number" ? number(value) : value;
  });
}

/** Returns the language as it is written where somebody is: "en-GB" has other times of day than "en-US". */
function region(): string {
  return navigator.languages.find((one) => one.split("-")[0] === settings.language) ?? settings.language;
}

/** Returns a number as people of the language write it. */
export function number(value: number): string {
  return new Intl.NumberFormat(region()).format(value);
}

/** Returns the time of day. */
export function clockTime(at: Date): string {
  return new Intl.DateTimeFormat(region(), { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** Returns the day: "Today", "Yesterday", or its date. */
export function day(at: Date, now: Date = new Date()): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0 || days === 1) {
    const word = new Intl.RelativeTimeFormat(settings.language, { numeric: "auto" }).format(-days, "day");
    return word[0]!.toUpperCase() + word.slice(1);
  }
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return new Intl.DateTimeFormat(region(), { weekday: "long", day: "numeric", month: "long", ...year })
    .format(at);
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Returns day and time. */
export function moment(at: Date): string {
  return new Intl.DateTimeFormat(region(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** Returns a size in bytes as people say it. */
export function size(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const unit = (["byte", "kilobyte", "megabyte", "gigabyte"] as const)[step]!;
  return new Intl.NumberFormat(region(), {
    style: "unit", unit, unitDisplay: step ? "short" : "long", maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(bytes / 1000 ** step);
}

export type Key = keyof typeof en;
export const t = translator<Key>({ en, de });
