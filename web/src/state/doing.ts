/** Doing what can be refused, and saying so. */

import { Disconnected, Refused } from "../core/connection";
import { ApiError } from "../lib/api";
import { t } from "../lib/i18n.svelte";
import { notices } from "../lib/notices.svelte";

/** Returns what to say of a fault that has a name; others are thrown on. */
export function reason(fault: unknown): string {
  if (fault instanceof Disconnected || (fault instanceof ApiError && fault.offline)) return t("offline");
  if (fault instanceof Refused || fault instanceof ApiError) return fault.message;
  throw fault;
}

/** Does something; says why if it is refused, and returns whether it was done. */
export async function attempt(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (fault) {
    notices.say(t("failed", { why: reason(fault) }), { bad: true });
    return false;
  }
}

/** Puts a text on the clipboard. */
export function copy(text: string): void {
  void attempt(async () => {
    await navigator.clipboard.writeText(text);
    notices.say(t("copied"));
  });
}
