/** What was written and is not yet known to be on the server's disk: kept, sent in order, and once each, by its key. */

import { Disconnected, Refused } from "./connection";
import type { Draft } from "./types";

export interface Waiting extends Draft {
  key: string;
  room: string;
  at: string;
  /** Why the server does not take it; without a reason it is to be sent. */
  refused?: string;
}

export interface Posted {
  number: number;
  at: string;
}

export interface Post {
  /** Posts it; with the same key it is posted once, however often it is sent. */
  (waiting: Waiting): Promise<Posted>;
}

export class Outbox {
  #sending = false;

  /**
   * @param items what was left from the last time.
   * @param post sends one.
   * @param changed told whenever the items are others.
   * @param delivered told where one was posted, before it is taken out.
   */
  constructor(
    public items: readonly Waiting[],
    private readonly post: Post,
    private readonly changed: (items: readonly Waiting[]) => void,
    private readonly delivered: (waiting: Waiting, posted: Posted) => void,
  ) {}

  add(waiting: Waiting): void {
    this.#become([...this.items, waiting]);
    void this.send();
  }

  /** Sends what is there, in order; stops where the connection does. */
  async send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      let next: Waiting | undefined;
      while ((next = this.items.find((one) => one.refused === undefined))) await this.#sendOne(next);
    } catch (fault) {
      if (!(fault instanceof Disconnected)) throw fault;
    } finally {
      this.#sending = false;
    }
  }

  async #sendOne(waiting: Waiting): Promise<void> {
    try {
      const posted = await this.post(waiting);
      this.delivered(waiting, posted);
      this.discard(waiting.key);
    } catch (fault) {
      if (!(fault instanceof Refused)) throw fault;
      this.#become(this.items.map((one) => (one.key === waiting.key ? { ...one, refused: fault.message } : one)));
    }
  }

  /** Tries again to send what was refused. */
  retry(key: string): void {
    this.#become(this.items.map((one) => {
      if (one.key !== key) return one;
      const { refused: _, ...again } = one;
      return again;
    }));
    void this.send();
  }

  discard(key: string): void {
    this.#become(this.items.filter((one) => one.key !== key));
  }

  #become(items: readonly Waiting[]): void {
    this.items = items;
    this.changed(items);
  }
}
