/** What is being written at the caret that can be completed: a person, a room, an emoji, a command. */

export type Kind = "person" | "room" | "emoji" | "command";

export interface Wanted {
  kind: Kind;
  /** What is written of it so far. */
  part: string;
  /** Where it begins, with its sign, and where the caret is. */
  from: number;
  to: number;
}

export interface Completion {
  label: string;
  more: string;
  /** What is put in the place of what was written. */
  text: string;
}

const SIGNS: Record<string, Kind> = { "@": "person", "#": "room", ":": "emoji", "/": "command" };
const LONGEST = 40;

/** Returns what is being written before the caret, or null. */
export function completionAt(text: string, caret: number): Wanted | null {
  const before = text.slice(Math.max(0, caret - LONGEST - 2), caret);
  const match = /(^|[\s(>])([@#:/])([^\s@#:/][^\n@#:/]*)?$/u.exec(before);
  if (!match) return null;
  const [, , sign, part = ""] = match;
  const kind = SIGNS[sign!]!;
  const from = caret - part.length - 1;
  if (kind === "command" && from !== 0) return null;
  if (kind === "emoji" && !/^[a-z0-9+_-]{2,}$/i.test(part)) return null;
  if (kind !== "room" && /\s\S*\s/.test(part)) return null; // two words at most
  if (part.endsWith(" ")) return null;
  return { kind, part, from, to: caret };
}

/** Returns the text with the completion in it, and where the caret is then. */
export function completed(text: string, wanted: Wanted, completion: string): { text: string; caret: number } {
  const rest = text.slice(wanted.to);
  const space = rest.startsWith(" ") ? "" : " ";
  const put = text.slice(0, wanted.from) + completion + space;
  return { text: put + rest, caret: put.length + (space ? 0 : 1) };
}
