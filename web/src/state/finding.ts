/** Finding whom one can choose. */

import type { Chosen } from "../components/Chooser.svelte";
import type { Principal } from "../core/types";
import { api } from "../lib/api";
import { t } from "../lib/i18n.svelte";
import { attempt } from "./doing";
import { findPeople } from "./lookups.svelte";

/** Returns people to choose from, by a part of their name or address. */
export async function choosePeople(text: string): Promise<Chosen[]> {
  let found: Chosen[] = [];
  await attempt(async () => { found = (await findPeople(text)).map((one) => ({ name: one.address, display: one.name, more: one.address })); });
  return found;
}

/** Returns people, groups, containers and domains to choose from. */
export async function choosePrincipals(text: string): Promise<Chosen[]> {
  let found: Chosen[] = [];
  await attempt(async () => { found = (await api.get<{ principals: Principal[] }>("/api/v1/principals", { q: text })).principals.map(chosenOf); });
  return found;
}

/** Returns a principal as it stands in a list to choose from. */
export function chosenOf(one: Principal): Chosen {
  return { name: one.name, display: one.display, more: one.kind === "person" ? one.name.replace(/^sip:/, "") : t(one.kind) };
}
