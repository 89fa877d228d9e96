/** How the node does, asked now and then while somebody looks. What was found stays until the console is closed. */

import { desk } from "./desk.svelte";
import { run, type Row } from "./runs";
import type { Point } from "./Plot.svelte";

export const SECONDS = 30; // between two looks: each is an entry in the audit log
const MOST = 240; // points kept of each figure: two hours
const CMDLET = "Get-CsPersistentChatHealth";

export type Figure = "Sessions" | "People" | "RoomsOpen" | "Answer";
export interface Chain { intact: boolean; entries: number; broken: number | null }

class Health {
  now = $state.raw<Row | null>(null);
  series = $state.raw<Record<Figure, readonly Point[]>>({ Sessions: [], People: [], RoomsOpen: [], Answer: [] });
  pools = $state.raw<readonly Row[]>([]);
  chain = $state.raw<Chain | null>(null);
  checking = $state(false);
  fault = $state.raw<unknown>(null);

  get allowed(): boolean {
    return desk.may(CMDLET);
  }

  /** Looks until what it returns is called; not while the page is out of sight. */
  watch(): () => void {
    const look = () => { if (!document.hidden) void this.look(); };
    const last = this.series.Answer.at(-1)?.at ?? 0;
    if (Date.now() - last > SECONDS * 1000) look();
    const timer = setInterval(look, SECONDS * 1000);
    if (!this.chain) void this.check();
    void this.lookAtPools();
    return () => clearInterval(timer);
  }

  async look(): Promise<void> {
    const began = performance.now();
    try {
      const [row] = (await run(CMDLET)).rows;
      if (row) this.take(row, Math.round(performance.now() - began));
      this.fault = null;
    } catch (fault) {
      this.fault = fault;
    }
  }

  private take(row: Row, answer: number): void {
    const at = Date.now();
    const values: Record<Figure, unknown> = { Sessions: row["Sessions"], People: row["People"], RoomsOpen: row["RoomsOpen"], Answer: answer };
    this.now = row;
    this.series = Object.fromEntries(Object.entries(this.series).map(([name, points]) => [
      name, [...points, { at, value: Number(values[name as Figure]) }].slice(-MOST),
    ])) as unknown as Record<Figure, readonly Point[]>;
  }

  async lookAtPools(): Promise<void> {
    if (!desk.may("Get-CsPersistentChatState")) return;
    try {
      this.pools = (await run("Get-CsPersistentChatState")).rows;
    } catch (fault) {
      this.fault = fault;
    }
  }

  /** Has the node check the whole audit log. */
  async check(): Promise<void> {
    if (this.checking || !desk.may("Test-CsAuditLog")) return;
    this.checking = true;
    try {
      const [row] = (await run("Test-CsAuditLog")).rows;
      if (row) this.chain = { intact: row["Intact"] === true, entries: Number(row["Entries"]), broken: row["FirstBroken"] === null ? null : Number(row["FirstBroken"]) };
    } catch (fault) {
      this.fault = fault;
    } finally {
      this.checking = false;
    }
  }
}

export const health = new Health();
