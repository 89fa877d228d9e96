/** What the console knows while it is open: the cmdlets, their definitions, and lists that were loaded. */

import { known, run, schemaOf, type Known, type Outcome } from "./runs";
import type { CmdletSchema } from "./schema";
import type { Section } from "./sections";

class List {
  outcome = $state.raw<Outcome | null>(null);
  /** Counts reports, since a run fills the same lists on and on. */
  version = $state(0);
  busy = $state(false);
  fault = $state.raw<unknown>(null);
  given: Record<string, unknown> = {};
  #stop: AbortController | null = null;

  constructor(readonly section: Section) {}

  /** Loads it anew; what was being loaded is given up. */
  async load(given: Record<string, unknown> = this.given): Promise<void> {
    this.stop();
    this.given = given;
    const mine = (this.#stop = new AbortController());
    this.busy = true;
    this.fault = null;
    try {
      await run(this.section.list, { ...this.section.given, ...given }, {
        signal: mine.signal,
        onProgress: (outcome) => {
          if (this.#stop !== mine) return;
          this.outcome = outcome;
          this.version += 1;
        },
      });
    } catch (fault) {
      if (this.#stop === mine) this.fault = fault;
    } finally {
      if (this.#stop === mine) {
        this.busy = false;
        this.#stop = null;
      }
    }
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.busy = false;
  }
}

class ConsoleState {
  cmdlets = $state.raw<readonly Known[] | null>(null);
  #lists = new Map<string, List>();
  #schemas = new Map<string, Promise<CmdletSchema>>();

  async load(): Promise<void> {
    this.cmdlets = await known();
  }

  /** Says whether whoever is signed in may run a cmdlet. */
  may(name: string | undefined): name is string {
    return name !== undefined && (this.cmdlets?.some((one) => one.name === name) ?? false);
  }

  synopsis(name: string): string {
    return this.cmdlets?.find((one) => one.name === name)?.synopsis ?? "";
  }

  list(section: Section): List {
    let list = this.#lists.get(section.id);
    if (!list) this.#lists.set(section.id, (list = new List(section)));
    return list;
  }

  schema(name: string): Promise<CmdletSchema> {
    let found = this.#schemas.get(name);
    if (!found) {
      this.#schemas.set(name, (found = schemaOf(name)));
      found.catch(() => this.#schemas.delete(name));
    }
    return found;
  }
}

export const desk = new ConsoleState();
export type { List };
