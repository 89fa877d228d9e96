import { getContext, setContext } from "svelte";
import type { Chat } from "./chat.svelte";

const KEY = Symbol("chat");

/** Gives the conversations to every component below. */
export function giveChat(chat: Chat): Chat {
  return setContext(KEY, chat);
}

export function theChat(): Chat {
  return getContext<Chat>(KEY);
}
