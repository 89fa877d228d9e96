/** The conversations: rooms that one follows or has open, kept right by the live connection. */

import { SvelteSet } from "svelte/reactivity";
import { Connection, Disconnected, Refused, type Frame, type Status } from "../core/connection";
import { excerpt, named } from "../core/format";
import { before, behind, entered, opened, purged } from "../core/log";
import { Outbox, type Posted, type Waiting } from "../core/outbox";
import type { Draft, Entry, Followed, Joined, Message, Page, Participant, Person, Room, RoomFacts } from "../core/types";
import { api, ApiError } from "../lib/api";
import { t } from "../lib/i18n.svelte";
import { notices } from "../lib/notices.svelte";
import { refusal } from "../lib/refusals";
import { cupboard, shelf } from "../lib/shelf";
import { reason } from "./doing";
import { notify } from "./notify.svelte";
import { joinedPage, roomPath, RoomState } from "./room.svelte";
import { session } from "./session.svelte";
import { sendFile, type Upload } from "./upload.svelte";

const PAGE = 60; // messages that a room opens with
const STEP = 60; // and that are fetched at a time
const CATCH_UP = 6; // answers of 100 missed entries each, before it is simpler to begin anew
const ROOMS_KEPT = 12; // in memory, beside the one that is open
const CACHED = 40; // messages of a room that this browser keeps
const CACHE_PAUSE = 500; // milliseconds that changes are gathered before something is kept anew
const TYPING_SHOWN = 6_000;
const AGAIN = 3_000; // milliseconds before what was not taken is sent again

export class Chat {
  status = $state<Status>("idle");
  /** Whether the connection was there before, so that its end is worth a word. */
  wasOpen = $state(false);
  followed = $state.raw<readonly Followed[]>([]);
  /** Whether `followed` is known, from the server or from the last time. */
  known = $state(false);
  waiting = $state.raw<readonly Waiting[]>([]);
  /** Keys of those among them that are in the log already, though their acknowledgement is still to come. */
  readonly hidden = new SvelteSet<string>();
  open = $state<RoomState | null>(null);
  /** Requests to join, told since the page was opened. */
  asked = $state(0);
  invited = $state(0);
  /** Files on their way, to whatever room. */
  uploads = $state.raw<readonly Upload[]>([]);
  /** Whether there is a connection, and known to be that of the person whose page this is. */
  live = $state(false);

  readonly me: Person;
  readonly domain: string;
  #rooms = new Map<string, RoomState>();
  /** Begins the names of what waits: of this person alone, and each by itself, since several windows have the same shelf. */
  readonly #posts: string;
  #connection: Connection;
  #outbox: Outbox;
  #keeping: ReturnType<typeof setTimeout> | null = null;
  #caching: ReturnType<typeof setTimeout> | null = null;

  constructor(me: Person) {
    this.me = me;
    this.domain = me.address.split("@")[1] ?? "";
    this.#connection = new Connection({
      socket: () => new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/api/v1/live`),
      later: (act, milliseconds) => setTimeout(act, milliseconds),
      never: (timer) => clearTimeout(timer as number),
      chance: Math.random,
      told: refusal,
    }, {
      status: (status) => this.#became(status),
      event: (frame) => this.#happened(frame),
      opened: () => void this.#opened(),
      ended: () => void session.load(),
    });
    this.#posts = `post:${me.address.toLowerCase()}:`;
    const left = shelf.all<Waiting>(this.#posts).sort((one, other) => one.at.localeCompare(other.at));
    this.#outbox = new Outbox(left, (one) => this.#post(one), (items) => this.#keepWaiting(items), (one, posted) => this.#delivered(one, posted));
    this.waiting = left;
  }

  /** Begins; returns what ends it. */
  start(): () => void {
    const hurry = () => this.#connection.hurry();
    const seen = () => {
      if (document.visibilityState !== "visible") return;
      this.#connection.hurry();
      this.#connection.probe();
      this.markRead();
    };
    const unreachable = () => this.#connection.probe();
    addEventListener("online", hurry);
    addEventListener("offline", unreachable);
    document.addEventListener("visibilitychange", seen);
    addEventListener("focus", seen);
    this.#connection.start();
    void this.#recall();
    return () => {
      removeEventListener("online", hurry);
      removeEventListener("offline", unreachable);
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("focus", seen);
      this.#connection.stop();
    };
  }

  hurry(): void {
    this.#connection.hurry();
  }

  /** Rests while nobody is signed in; what was written waits. */
  rest(): void {
    this.#connection.stop();
  }

  /** Goes on after a rest. */
  resume(): void {
    this.#connection.start();
  }

  get unread(): number {
    return this.followed.reduce((sum, one) => sum + one.mentions, 0);
  }

  follows(id: string): Followed | undefined {
    return this.followed.find((one) => one.room.id === id);
  }

  /** Returns what a room is called, if we know it. */
  nameOf(id: string): string | undefined {
    return this.#rooms.get(id)?.room?.name ?? this.follows(id)?.room.name;
  }

  // --- the connection ------------------------------------------------------------------------------------------------
  #became(status: Status): void {
    this.status = status;
    if (status === "open") return; // whose it is, is still to be asked
    this.live = false;
    for (const room of this.#rooms.values()) room.parted();
  }

  async #opened(): Promise<void> {
    try {
      const { person, followed } = await this.#connection.ask<{ person: Person; followed: Followed[] }>("watch");
      if (person.address.toLowerCase() !== this.me.address.toLowerCase()) {
        this.#connection.stop();
        setTimeout(() => this.#connection.start(), AGAIN);
        return await session.load(); // somebody else signed in at this browser: the page becomes his
      }
      this.live = true;
      this.#takeFollowed(followed);
      if (session.presumed) await session.load();
      this.wasOpen = true;
      if (this.open) {
        this.open.divider ??= this.#unreadFrom(this.open.id);
        await this.#join(this.open, this.open.target);
      }
      void this.#outbox.send();
      await this.#count();
    } catch (fault) {
      this.#excuse(fault);
    }
  }

  /** Counts who has been waiting for us to let him in. */
  async #count(): Promise<void> {
    try {
      this.asked = (await api.get<{ requests: unknown[] }>("/api/v1/requests")).requests.length;
    } catch (fault) {
      if (!(fault instanceof ApiError)) throw fault; // it is counted the next time
    }
  }

  /** A connection that ended is nothing to complain of: the next one does it again. */
  #excuse(fault: unknown): void {
    if (fault instanceof Refused) notices.say(t("failed", { why: fault.message }), { bad: true });
    else if (!(fault instanceof Disconnected)) throw fault;
  }

  async #recall(): Promise<void> {
    const kept = await cupboard.read<Followed[]>("followed");
    if (kept && !this.known) {
      this.followed = kept;
      this.known = true;
    }
  }

  #takeFollowed(followed: readonly Followed[]): void {
    this.#keepFollowed([...followed].sort((one, other) => one.room.name.localeCompare(other.room.name)));
  }

  #changeFollowed(id: string, change: (one: Followed) => Followed): void {
    if (this.follows(id)) this.#keepFollowed(this.followed.map((one) => (one.room.id === id ? change(one) : one)));
  }

  #keepFollowed(followed: readonly Followed[]): void {
    this.followed = followed;
    this.known = true;
    this.#keeping ??= setTimeout(() => {
      this.#keeping = null;
      void cupboard.keep("followed", JSON.parse(JSON.stringify(this.followed)));
    }, CACHE_PAUSE);
  }

  // --- opening rooms ---------------------------------------------------------------------------------------------------
  /** Opens a room: shows what is known of it, and asks for the rest.
   *
   * @param around the number of a message to show, if it is not the newest that are wanted.
   */
  async enter(id: string, around: number | null = null): Promise<void> {
    const left = this.open;
    if (left && left.id !== id) this.leave();
    const room = this.#room(id);
    if (left !== room) room.atEnd = false;
    this.open = room;
    room.target = around;
    room.divider = this.#unreadFrom(id);
    if (this.live) {
      if (room.joined && around !== null) await this.around(room, around);
      else if (!room.joined) await this.#join(room, around);
    } else if (!room.fresh) await this.#recallRoom(room);
  }

  /** Closes the room that is open. */
  leave(): void {
    const room = this.open;
    this.open = null;
    if (!room) return;
    this.#cache(room);
    if (room.joined && this.live) this.#connection.tell("part", { room: room.id });
    room.parted();
    room.people = [];
  }

  #room(id: string): RoomState {
    const found = this.#rooms.get(id) ?? new RoomState(id);
    this.#rooms.delete(id);
    this.#rooms.set(id, found); // the newest is the last
    for (const [old, room] of this.#rooms) {
      if (this.#rooms.size <= ROOMS_KEPT) break;
      if (room !== this.open && old !== id) this.#rooms.delete(old);
    }
    return found;
  }

  async #join(room: RoomState, around: number | null = null): Promise<void> {
    room.failed = "";
    try {
      const resume = room.fresh && around === null;
      const answer = await this.#connection.ask<Joined>("join", resume
        ? { room: room.id, after: room.log.last } : { room: room.id, page: PAGE, ...(around === null ? {} : { around }) });
      if (this.open !== room) return this.#connection.tell("part", { room: room.id });
      room.joined = true;
      room.take(answer);
      await this.#catchUp(room, answer);
      room.begin();
      this.#cache(room);
    } catch (fault) {
      if (fault instanceof Refused) await this.#lookFromOutside(room, fault);
      else this.#excuse(fault);
    }
  }

  async #catchUp(room: RoomState, joined: Joined): Promise<void> {
    let answer = joined;
    for (let round = 0; !answer.page; round += 1) {
      for (const entry of answer.missed ?? []) room.log = entered(room.log, entry);
      if (!answer.more) {
        room.log = { ...room.log, last: Math.max(room.log.last, answer.last), first: Math.max(room.log.first, answer.first) };
        return;
      }
      const behindIt = round < CATCH_UP ? { after: room.log.last } : { page: PAGE };
      answer = await this.#connection.ask<Joined>("join", { room: room.id, ...behindIt });
    }
    joinedPage(room, answer);
  }

  async #lookFromOutside(room: RoomState, refusal: Refused): Promise<void> {
    try {
      const facts = await api.get<RoomFacts>(roomPath(room.id));
      room.takeFacts(facts);
      room.phase = facts.room.disabled ? "closed" : "outside";
      room.failed = refusal.message;
    } catch (fault) {
      if (!(fault instanceof ApiError) || fault.offline) return;
      room.phase = room.room ? "closed" : "missing"; // what one had open is gone; of others nobody says whether they are
      room.may = [];
      room.failed = fault.message;
    }
  }

  /** Asks anew how things are with a room, after something that concerns our rights there. */
  async renew(room: RoomState): Promise<void> {
    room.fresh = false;
    room.parted();
    room.phase = "loading";
    if (this.live) await this.#join(room);
  }

  #cache(room: RoomState): void {
    if (!room.room || !room.fresh || room.log.later || !this.follows(room.id)) return;
    void cupboard.keep(`room:${room.id}`, JSON.parse(JSON.stringify({
      room: room.room, may: room.may, messages: room.log.messages.slice(-CACHED), last: room.log.last, first: room.log.first,
    })));
  }

  #cacheSoon(room: RoomState): void {
    this.#caching ??= setTimeout(() => {
      this.#caching = null;
      this.#cache(room);
    }, CACHE_PAUSE);
  }

  async #recallRoom(room: RoomState): Promise<void> {
    const kept = await cupboard.read<{ room: Room; may: RoomFacts["may"]; messages: Message[]; last: number; first: number }>(`room:${room.id}`);
    if (room.fresh || room.phase !== "loading") return;
    const followed = this.follows(room.id);
    if (kept) {
      room.room = kept.room;
      room.may = kept.may;
      room.log = opened({ messages: kept.messages, earlier: kept.messages.length >= CACHED, later: false }, kept.last, kept.first);
      room.phase = "ready";
    } else if (followed) {
      room.room = followed.room;
    }
  }

  // --- history -----------------------------------------------------------------------------------------------------------
  async earlier(room: RoomState): Promise<void> {
    const oldest = room.log.messages[0]?.number;
    if (room.busy || !room.log.earlier || oldest === undefined || !this.live) return;
    await this.#fetch(room, { before: oldest, limit: STEP }, (page) => { room.log = before(room.log, page); });
  }

  async later(room: RoomState): Promise<void> {
    const newest = room.log.messages.at(-1)?.number;
    if (room.busy || !room.log.later || newest === undefined || !this.live) return;
    await this.#fetch(room, { after: newest, limit: STEP }, (page) => { room.log = behind(room.log, page); });
  }

  /** Shows the messages around one, or since a time. */
  async around(room: RoomState, number: number): Promise<void> {
    room.target = number;
    if (room.log.messages.some((one) => one.number === number)) return;
    await this.#fetch(room, { around: number, limit: PAGE }, (page) => room.restart(page));
  }

  async since(room: RoomState, time: Date): Promise<boolean> {
    let found = false;
    await this.#fetch(room, { since: time.toISOString(), limit: PAGE }, (page) => {
      const first = page.messages[0];
      if (!first) return;
      found = true;
      room.restart(page);
      room.target = first.number;
    });
    return found;
  }

  async newest(room: RoomState): Promise<void> {
    room.target = null;
    if (room.log.later) await this.#fetch(room, { limit: PAGE }, (page) => room.restart(page));
    room.toEnd += 1;
  }

  async #fetch(room: RoomState, query: Record<string, string | number>, take: (page: Page) => void): Promise<void> {
    room.busy = true;
    room.meanwhile = [];
    const log = room.log;
    try {
      const page = await api.get<Page>(`${roomPath(room.id)}/messages`, query);
      // meanwhile something else may have been asked for
      if (room.log.messages[0]?.number === log.messages[0]?.number || !("before" in query)) take(page);
      for (const entry of room.meanwhile) room.log = entered(room.log, entry);
    } catch (fault) {
      if (!(fault instanceof ApiError)) throw fault;
      if (!fault.offline) notices.say(t("failed", { why: fault.message }), { bad: true });
    } finally {
      room.busy = false;
    }
  }

  // --- what one does ---------------------------------------------------------------------------------------------------
  /** Posts, now or as soon as there is a connection. */
  post(room: string, draft: Draft): void {
    if (this.open?.id === room) this.open.divider = null;
    this.#outbox.add({ key: crypto.randomUUID(), room, at: new Date().toISOString(), ...draft });
  }

  /** Sends a file to a room, and posts its link there, wherever one is by then. */
  async upload(room: string, file: File): Promise<void> {
    const { progress, done } = sendFile(room, file);
    this.uploads = [...this.uploads, progress];
    try {
      const { name, link } = await done;
      this.post(room, { text: `${name} ${link}` });
    } catch (fault) {
      if (!progress.stopped) notices.say(t("uploadFailed", { name: named(file.name), why: reason(fault) }), { bad: true });
    } finally {
      this.uploads = this.uploads.filter((one) => one !== progress);
    }
  }

  retry(key: string): void {
    this.#outbox.retry(key);
  }

  discard(key: string): void {
    this.#outbox.discard(key);
  }

  async #post({ room, key, text, title, alert }: Waiting): Promise<Posted> {
    const draft = { text, ...(title === undefined ? {} : { title }), ...(alert ? { alert } : {}) };
    const state = this.#rooms.get(room);
    try {
      if (!this.live) throw new Disconnected();
      if (state?.joined) return await this.#connection.ask<Posted>("post", { room, key, ...draft });
      return await api.post<Message>(`${roomPath(room)}/messages`, draft, { headers: { "Idempotency-Key": key } });
    } catch (fault) {
      if (!(fault instanceof Refused || fault instanceof ApiError)) throw fault;
      const { kind, status } = fault;
      if (kind === "NotJoined") state?.parted(); // then it goes the other way
      if (kind === "CsrfNeeded") void session.load();
      if (kind === "NotJoined" || kind === "CsrfNeeded" || status === 0 || status === 401 || status === 429 || status >= 500) {
        if (status) setTimeout(() => void this.#outbox.send(), AGAIN);
        throw new Disconnected();
      }
      throw fault instanceof ApiError ? new Refused(fault.kind, fault.status, fault.message) : fault;
    }
  }

  #keepWaiting(items: readonly Waiting[]): void {
    for (const one of this.waiting.filter((had) => !items.some((other) => other.key === had.key))) {
      shelf.drop(this.#posts + one.key);
      this.hidden.delete(one.key);
    }
    for (const one of items) shelf.keep(this.#posts + one.key, one);
    this.waiting = items;
  }

  #delivered(waiting: Waiting, { number, at }: Posted): void {
    const room = this.#rooms.get(waiting.room);
    if (!room?.joined || room.log.messages.some((one) => one.number === number)) return;
    const { text, title, alert } = waiting;
    const message: Message = {
      number, author: this.me.address, name: this.me.name, at, text,
      ...(title === undefined ? {} : { title }), ...(alert ? { alert } : {}),
    };
    this.#entry(room, { number, message });
  }

  /** Changes a message of one's own.
   *
   * @throws Refused, Disconnected, ApiError
   */
  async edit(room: RoomState, number: number, draft: Draft): Promise<void> {
    await this.#connection.ask("edit", { room: room.id, number, ...draft });
  }

  async remove(room: RoomState, number: number): Promise<void> {
    await this.#connection.ask("delete", { room: room.id, number });
  }

  typing(room: RoomState): void {
    const now = Date.now();
    if (!room.joined || !this.live || now - room.typed < 3_000) return;
    room.typed = now;
    this.#connection.tell("typing", { room: room.id });
  }

  /** Notes that the room that is open is read, if its end is in view. */
  markRead(): void {
    const room = this.open;
    const followed = room && this.follows(room.id);
    if (!room || !followed || !room.whole || !room.atEnd || room.log.later || !document.hasFocus()) return;
    if (followed.read >= room.log.last && !followed.unread) return;
    const number = room.log.last;
    this.#changeFollowed(room.id, (one) => ({ ...one, read: number, unread: 0, mentions: 0 }));
    this.#connection.tell("read", { room: room.id, number });
  }

  async follow(room: Room, follow: boolean): Promise<void> {
    const path = `${roomPath(room.id)}/following`;
    await (follow ? api.put(path) : api.delete(path));
    const last = this.#rooms.get(room.id)?.log.last ?? 0;
    if (!follow) this.#takeFollowed(this.followed.filter((one) => one.room.id !== room.id));
    else if (!this.follows(room.id)) this.#takeFollowed([...this.followed, { room, read: last, last, unread: 0, mentions: 0 }]);
  }

  // --- what happens ------------------------------------------------------------------------------------------------------
  #happened(frame: Frame): void {
    const id = frame.room ?? "";
    const room = this.#rooms.get(id);
    switch (frame.event) {
      case "message": return this.#message(id, room, frame as unknown as Entry & { mentions?: string[] });
      case "changed": return this.#entry(room, frame as unknown as Entry);
      case "purged": return this.#purged(room, frame["until"] as number);
      case "room": return this.#roomChanged(id, room, frame["details"] as Room);
      case "closed": if (room) { room.phase = "closed"; room.parted(); } return;
      case "read": {
        const { read, last, unread, mentions } = frame as unknown as Followed;
        // What was told before our own last mark, or message, is out of date.
        return this.#changeFollowed(id, (one) => (read < one.read ? one : { ...one, read, last: Math.max(last, one.last), unread, mentions }));
      }
      case "followed": {
        const { read, last, unread, mentions, details } = frame as unknown as Followed & { details: Room };
        if (!this.follows(id)) this.#takeFollowed([...this.followed, { room: details, read, last, unread, mentions }]);
        return;
      }
      case "unfollowed":
      case "hidden":
        this.#takeFollowed(this.followed.filter((one) => one.room.id !== id));
        if (room && frame.event === "hidden") void this.#put(room);
        return;
      case "asked": this.asked += 1; notify.asked(this.nameOf(id) ?? t("room"), frame["person"] as Person); return;
      case "invited":
        this.invited += 1;
        if (room && room === this.open && room.phase === "outside") void this.renew(room); // somebody let us in
        return;
      case "left": if (room && (frame["person"] as Person).address === this.me.address) { void this.#put(room); return; }
    }
    if (room) this.#presence(room, frame);
  }

  async #put(room: RoomState): Promise<void> {
    if (this.open === room && room.joined) await this.renew(room);
  }

  #message(id: string, room: RoomState | undefined, entry: Entry & { mentions?: string[] }): void {
    const mine = entry.message.author === this.me.address;
    if (room && mine) this.#shownAsSent(id, entry.message);
    this.#entry(room, entry);
    room?.stopped(entry.message.author);
    const named_ = (entry.mentions ?? []).some((one) => one.toLowerCase() === this.me.address.toLowerCase());
    this.#changeFollowed(id, (one) => (entry.number <= one.last ? one : mine
      ? { ...one, last: entry.number, read: entry.number, unread: 0, mentions: 0 }
      : { ...one, last: entry.number, unread: one.unread + 1, mentions: one.mentions + (named_ ? 1 : 0) }));
    if (mine) return;
    const watched = this.open === room && room?.atEnd && document.hasFocus();
    if (!watched && room && this.open === room && (room.divider === null || room.divider <= (this.#lastSeen(id) ?? 0))) {
      room.divider = this.#lastSeen(id) ?? entry.number - 1; // what comes while nobody looks is marked as new
    }
    if (watched) this.markRead();
    else if (this.follows(id) || this.open === room) {
      notify.message(this.nameOf(id) ?? t("room"), id, entry.message, named_);
    }
  }

  /** The number that is read up to, if something is unread. */
  #unreadFrom(id: string): number | null {
    const followed = this.follows(id);
    return followed?.unread ? followed.read : null;
  }

  #lastSeen(id: string): number | undefined {
    return this.follows(id)?.read;
  }

  /** Our own message is in the log already: what waits for its acknowledgement need not be shown a second time. */
  #shownAsSent(id: string, message: Message): void {
    const twin = this.waiting.find((one) => one.room === id && one.text === message.text && one.refused === undefined && !this.hidden.has(one.key));
    if (twin) this.hidden.add(twin.key);
  }

  #entry(room: RoomState | undefined, entry: Entry): void {
    if (!room) return;
    if (room.busy) room.meanwhile.push(entry);
    if (!room.fresh) room.early.push(entry);
    // Rooms that are not open can have gaps, which joining fills: so they must not believe that they know the end.
    else if (room.joined || entry.number === room.log.last + 1) room.log = entered(room.log, entry);
    if (room === this.open) this.#cacheSoon(room);
  }

  #purged(room: RoomState | undefined, until: number): void {
    if (room) room.log = purged(room.log, until);
  }

  #roomChanged(id: string, room: RoomState | undefined, details: Room): void {
    if (room) {
      room.room = details;
      if (room.phase === "closed" && !details.disabled && this.open === room) void this.renew(room);
    }
    this.#changeFollowed(id, (one) => ({ ...one, room: details }));
  }

  #presence(room: RoomState, frame: Frame): void {
    const person = frame["person"] as Person | undefined;
    const duties = (frame["duties"] as string[] | undefined) ?? [];
    switch (frame.event) {
      case "joined":
      case "duties": return room.arrived({ ...person!, duties }, frame.event === "joined");
      case "left": return room.departed(person!.address);
      case "roster": room.people = frame["people"] as Participant[]; room.count = room.people.length; return;
      case "typing": return this.#typing(room, person!);
      case "pinned": return void this.pins(room);
      case "unpinned": room.pins = room.pins?.filter((one) => one.number !== frame["message"]) ?? null; return;
    }
  }

  #typing(room: RoomState, person: Person): void {
    if (person.address === this.me.address) return;
    room.typing = [...room.typing.filter((one) => one.address !== person.address), { ...person, until: Date.now() + TYPING_SHOWN }];
    setTimeout(() => { room.typing = room.typing.filter((one) => one.until > Date.now()); }, TYPING_SHOWN + 100);
  }

  async pins(room: RoomState): Promise<void> {
    try {
      room.pins = (await api.get<{ messages: Message[] }>(`${roomPath(room.id)}/pins`)).messages;
    } catch (fault) {
      if (!(fault instanceof ApiError)) throw fault;
    }
  }
}

/** Returns what a screen reader says of a message that comes. */
export function spoken(message: Message): string {
  return t("says", { name: named(message.name), text: excerpt(message.title ?? message.text) });
}
