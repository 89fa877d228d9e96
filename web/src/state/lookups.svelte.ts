/** Small things that many messages mention, asked for once each. */

import { SvelteMap } from "svelte/reactivity";
import type { Person, RoomFacts } from "../core/types";
import { api, ApiError } from "../lib/api";
import { roomPath } from "./room.svelte";

const MOST = 500; // answers kept

class Lookups<T> {
  #known = new SvelteMap<string, T | null>();
  #asked = new Set<string>();

  constructor(private readonly path: (id: string) => string, private readonly read: (answer: unknown) => T) {}

  /** Returns what is known, undefined as long as it is not, null if there is nothing of the kind. */
  of(id: string): T | null | undefined {
    if (!this.#known.has(id) && !this.#asked.has(id)) queueMicrotask(() => void this.#ask(id));
    return this.#known.get(id);
  }

  async #ask(id: string): Promise<void> {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    try {
      this.#known.set(id, this.read(await api.get(this.path(id))));
    } catch (fault) {
      if (!(fault instanceof ApiError)) throw fault;
      if (fault.status === 403 || fault.status === 404) this.#known.set(id, null);
      else this.#asked.delete(id); // the next time that it is shown
    }
    for (const old of this.#known.keys()) {
      if (this.#known.size <= MOST) break;
      this.#known.delete(old);
      this.#asked.delete(old);
    }
  }
}

export const roomNames = new Lookups((id) => roomPath(id), (answer) => (answer as RoomFacts).room);

export interface FileFacts {
  guid: string;
  name: string;
  type: string;
  size: number;
  link: string;
}

/** Files by "ROOM/GUID". */
export const files = new Lookups(filePath, (answer) => answer as FileFacts);

/** Returns where the API has a file, by "ROOM/GUID". */
export function filePath(id: string): string {
  const at = id.lastIndexOf("/");
  return `${roomPath(id.slice(0, at))}/files/${encodeURIComponent(id.slice(at + 1))}`;
}

/** Returns people whose name or address has a text in it. */
export async function findPeople(text: string, limit = 8): Promise<Person[]> {
  return (await api.get<{ people: Person[] }>("/api/v1/people", { q: text, limit })).people;
}
