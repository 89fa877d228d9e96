/** One room, as far as it is known here. */

import { EMPTY, entered, opened, type Log } from "../core/log";
import type { Entry, Joined, Message, Page, Participant, Person, Right, Room, RoomFacts } from "../core/types";

/** Returns where the API has a room. */
export function roomPath(id: string): string {
  return `/api/v1/rooms/${id.split("/").map(encodeURIComponent).join("/")}`;
}

/** Returns where the client has a room, and a message in it. */
export function roomAddress(id: string, message?: number): string {
  return `/rooms/${id}${message === undefined ? "" : `?at=${message}`}`;
}

export type Phase = "loading" | "ready" | "outside" | "missing" | "closed";

export class RoomState {
  room = $state.raw<Room | null>(null);
  may = $state.raw<readonly Right[]>([]);
  asked = $state(false);
  following = $state(false);
  log = $state.raw<Log>(EMPTY);
  people = $state.raw<readonly Participant[]>([]);
  count = $state(0);
  typing = $state.raw<readonly (Person & { until: number })[]>([]);
  pins = $state.raw<readonly Message[] | null>(null);
  phase = $state<Phase>("loading");
  /** Why it cannot be opened. */
  failed = $state("");
  /** Whether the server counts us as being in it. */
  joined = $state(false);
  /** Whether it is open, and nothing is missing up to now. */
  whole = $state(false);
  /** Whether a page of history is on its way. */
  busy = $state(false);
  /** The number that messages were read up to when the room was opened. */
  divider = $state<number | null>(null);
  /** The message to show. */
  target = $state<number | null>(null);
  /** Counts the wishes to see the end. */
  toEnd = $state(0);

  /** Whether the log came from the server, and can be resumed. */
  fresh = false;
  /** Entries that came before the page that they follow. */
  early: Entry[] = [];
  /** Entries that came while a page of history was on its way, which may not have them. */
  meanwhile: Entry[] = [];
  /** Whether the end of the conversation is in view; who shows it says so. */
  atEnd = false;
  /** When we last said that we write. */
  typed = 0;

  constructor(readonly id: string) {}

  take(joined: Joined): void {
    this.room = joined.room;
    this.may = joined.may ?? [];
    this.count = joined.participants;
    this.people = joined.people.map((one) => ({ ...one, duties: one.duties ?? [] }));
    this.asked = false;
    this.failed = "";
  }

  takeFacts(facts: RoomFacts): void {
    this.room = facts.room;
    this.may = facts.may;
    this.asked = facts.asked;
    this.following = facts.following;
    this.count = facts.participants;
  }

  /** Takes in what came early; from now on everything comes in order. */
  begin(): void {
    for (const entry of this.early) this.log = entered(this.log, entry);
    this.early = [];
    this.fresh = true;
    this.whole = true;
    this.phase = "ready";
  }

  /** The server does not count us as being in it, any more or yet. */
  parted(): void {
    this.joined = false;
    this.whole = false;
  }

  /** Shows another stretch of the log. */
  restart(page: Page): void {
    this.log = opened(page, this.log.last, this.log.first);
  }

  arrived(person: Participant, isNew: boolean): void {
    const there = this.people.some((one) => one.address === person.address);
    if (isNew && !there) this.count += 1;
    this.people = [...this.people.filter((one) => one.address !== person.address), person];
  }

  departed(address: string): void {
    if (this.people.some((one) => one.address === address)) this.count = Math.max(0, this.count - 1);
    this.people = this.people.filter((one) => one.address !== address);
    this.stopped(address);
  }

  /** Somebody does not write any more. */
  stopped(address: string): void {
    if (this.typing.length) this.typing = this.typing.filter((one) => one.address !== address);
  }
}

/** Begins a room's log with the page that came with joining. */
export function joinedPage(room: RoomState, joined: Joined): void {
  if (joined.page) room.log = opened(joined.page, joined.last, joined.first);
}
