/** Notifications of the desktop, as far as somebody wants them and his browser lets us. */

import { excerpt, named } from "../core/format";
import type { Message, Person } from "../core/types";
import { t } from "../lib/i18n.svelte";
import { go } from "../lib/router.svelte";
import { settings } from "../lib/settings.svelte";
import { roomAddress } from "./room.svelte";

type Permission = NotificationPermission | "unsupported";

const AGAIN = { renotify: true }; // the second of a room is told, too; the types have not heard of it

class Notify {
  permission = $state<Permission>("Notification" in globalThis ? Notification.permission : "unsupported");

  async allow(): Promise<void> {
    if (this.permission !== "unsupported") this.permission = await Notification.requestPermission();
  }

  message(room: string, id: string, message: Message, named_: boolean): void {
    const wanted = settings.notify === "all" || (settings.notify === "mentions" && (named_ || message.alert));
    if (!wanted) return;
    this.#show(`${named(message.name)} · ${named(room)}`, excerpt(message.title ?? message.text), id, roomAddress(id, message.number));
  }

  asked(room: string, person: Person): void {
    if (settings.notify === "none") return;
    this.#show(t("wants", { name: named(person.name), room: named(room) }), "", "requests", "/requests");
  }

  #show(title: string, body: string, tag: string, address: string): void {
    if (this.permission !== "granted") return;
    try {
      const shown = new Notification(title, { body, tag, icon: "/icon.svg", ...AGAIN });
      shown.onclick = () => {
        focus();
        go(address);
        shown.close();
      };
    } catch {
      // phones that show them only by a service worker
    }
  }
}

export const notify = new Notify();
