/** What is known of a room's log: one stretch of it, bounded, somewhere between its beginning and its end.
 *
 * Everything is a value: a change makes another one. Numbers are places in the log, where changes have places as well;
 * so messages are in order of their numbers, with gaps.
 */

import type { Entry, Message, Page } from "./types";

export const MOST = 400; // messages in a stretch; a page more is dropped at the other end

export interface Log {
  readonly messages: readonly Message[];
  /** Whether there are messages before, and behind, the stretch. */
  readonly earlier: boolean;
  readonly later: boolean;
  /** The newest place of the log that we know of: what to resume behind. */
  readonly last: number;
  /** The oldest place that is still there: what was before was removed for good. */
  readonly first: number;
}

export const EMPTY: Log = { messages: [], earlier: false, later: false, last: 0, first: 0 };

/** Starts anew with a page. */
export function opened(page: Page, last: number, first: number): Log {
  const newest = page.messages.at(-1)?.number ?? 0;
  return { ...page, last: Math.max(last, newest), first };
}

/** Adds a page that ends where the stretch begins. */
export function before(log: Log, page: Page): Log {
  const oldest = log.messages[0]?.number ?? Infinity;
  const messages = [...page.messages.filter((one) => one.number < oldest), ...log.messages];
  const kept = messages.slice(0, MOST);
  return { ...log, messages: kept, earlier: page.earlier, later: log.later || kept.length < messages.length };
}

/** Adds a page that begins where the stretch ends. */
export function behind(log: Log, page: Page): Log {
  const newest = log.messages.at(-1)?.number ?? 0;
  return trimmed({ ...log, messages: [...log.messages, ...page.messages.filter((one) => one.number > newest)], later: page.later });
}

function trimmed(log: Log): Log {
  if (log.messages.length <= MOST) return log;
  return { ...log, messages: log.messages.slice(-MOST), earlier: true };
}

/** Takes an entry of the log that comes live, or was missed; a second time it changes nothing. */
export function entered(log: Log, entry: Entry): Log {
  const known = { ...log, last: Math.max(log.last, entry.number) };
  const place = find(log.messages, entry.message.number);
  if (log.messages[place]?.number === entry.message.number) {
    if (entry.number < (revision.get(log.messages[place]!) ?? 0)) return known;
    return { ...known, messages: log.messages.with(place, revised(entry)) };
  }
  const isNew = entry.number === entry.message.number;
  if (!isNew || log.later || place < log.messages.length) return known;
  return trimmed({ ...known, messages: [...log.messages, revised(entry)], first: log.first || entry.number });
}

/** Where in the log the form of a message that we have was made, if we know. */
const revision = new WeakMap<Message, number>();

function revised(entry: Entry): Message {
  const message = { ...entry.message };
  revision.set(message, entry.number);
  return message;
}

/** Removes what was purged: everything up to a number. */
export function purged(log: Log, until: number): Log {
  const messages = log.messages.filter((one) => one.number > until);
  const earlier = messages.length < log.messages.length ? false : log.earlier;
  return { ...log, messages, earlier, first: Math.max(log.first, until + 1) };
}

/** Returns where a number is in a stretch, or would be. */
export function find(messages: readonly Message[], number: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle]!.number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
