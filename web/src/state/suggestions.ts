/** What a word that is being written can become. */

import type { Completion, Wanted } from "../core/completion";
import { named } from "../core/format";
import type { Person, Room } from "../core/types";
import { api, ApiError } from "../lib/api";
import type { Chat } from "./chat.svelte";
import { findPeople } from "./lookups.svelte";
import type { RoomState } from "./room.svelte";

const MOST = 6;

export interface Command {
  name: string;
  description?: string;
}

/** Returns completions, best first; none where the server cannot be asked. */
export async function suggestions(wanted: Wanted, room: RoomState, chat: Chat, commands: readonly Command[]): Promise<Completion[]> {
  const part = wanted.part.toLowerCase();
  switch (wanted.kind) {
    case "person": return (await people(part, room)).slice(0, MOST).map((one) => person(one, chat.domain));
    case "room": return (await rooms(part, chat)).slice(0, MOST).map((one) => ({ label: named(one.name), more: named(one.category), text: `ma-chan://${one.id}` }));
    case "command": return commands.filter((one) => one.name.startsWith(part)).slice(0, MOST)
      .map((one) => ({ label: `/${one.name}`, more: one.description ?? "", text: `/${one.name}` }));
    case "emoji": return (await import("../components/emoji")).findEmoji(part).slice(0, MOST)
      .map(([sign, names]) => ({ label: `${sign} ${names.split(" ")[0]}`, more: "", text: sign }));
  }
}

function person({ name, address }: Person, domain: string): Completion {
  const [user, where] = address.split("@");
  return { label: named(name), more: address, text: where?.toLowerCase() === domain.toLowerCase() ? `@${user}` : `@${address}` };
}

async function people(part: string, room: RoomState): Promise<Person[]> {
  const fits = (one: Person) => one.name.toLowerCase().split(/\s/).some((word) => word.startsWith(part)) || one.address.toLowerCase().startsWith(part)
    || one.name.toLowerCase().startsWith(part);
  const here = room.people.filter(fits);
  if (here.length >= MOST || !part) return here;
  const others = await orNothing(() => findPeople(part, MOST));
  return [...here, ...others.filter((one) => !here.some((known) => known.address === one.address))];
}

async function rooms(part: string, chat: Chat): Promise<Room[]> {
  const mine = chat.followed.map((one) => one.room).filter((one) => one.name.toLowerCase().includes(part));
  if (mine.length >= MOST || !part) return mine;
  const others = await orNothing(async () => (await api.get<{ rooms: Room[] }>("/api/v1/rooms", { q: part, where: "name", limit: MOST })).rooms);
  return [...mine, ...others.filter((one) => !mine.some((known) => known.id === one.id))];
}

async function orNothing<T>(ask: () => Promise<T[]>): Promise<T[]> {
  try {
    return await ask();
  } catch (fault) {
    if (!(fault instanceof ApiError)) throw fault;
    return [];
  }
}
