/** Running cmdlets: what goes in, and what comes out of them line by line (docs/how-to/from-elsewhere.md). */

import { ask, api } from "../lib/api";
import type { CmdletSchema } from "./schema";

const PREFIX = "/api/admin/v1";

export interface Known { name: string; synopsis: string }
export type Row = Record<string, unknown>;
export interface Fault { id: string; category: string; target: unknown; command: string; message: string }
export interface Said { stream: string; text: string }

type Line = { output: unknown } | { error: Fault } | { message: Said } | { line: string } | { end: { status: number; errors: number } };

/** What a run gave so far. */
export interface Outcome {
  rows: Row[];
  faults: Fault[];
  /** Warnings and the like, and what a trial would do. */
  said: string[];
  /** Whether it came to its end; without an end, it was cut off. */
  ended: boolean;
}

export interface Running {
  signal?: AbortSignal;
  /** Called now and then with all that came until then. */
  onProgress?: (outcome: Outcome) => void;
}

const OFTEN = 150; // milliseconds between two reports

/** Returns the cmdlets that whoever is signed in may run. */
export const known = () => api.get<Known[]>(`${PREFIX}/cmdlets`);

/** Returns what a cmdlet takes. */
export const schemaOf = (name: string) => api.get<CmdletSchema>(`${PREFIX}/cmdlets/${encodeURIComponent(name)}`);

/** Returns what the value of a parameter can become. */
export const completed = (words: readonly string[], signal?: AbortSignal) =>
  api.post<string[]>(`${PREFIX}/complete`, { text: words }, signal ? { signal } : {});

/** Runs a cmdlet to its end.
 *
 * @throws ApiError if it did not even begin.
 */
export async function run(name: string, parameters: Row = {}, running: Running = {}): Promise<Outcome> {
  const response = await ask("POST", `${PREFIX}/cmdlets/${encodeURIComponent(name)}`, {
    body: parameters, ...(running.signal ? { signal: running.signal } : {}),
  });
  const outcome: Outcome = { rows: [], faults: [], said: [], ended: false };
  let reported = Date.now();
  for await (const text of lines(response)) {
    take(outcome, JSON.parse(text) as Line);
    if (running.onProgress && Date.now() - reported > OFTEN) {
      reported = Date.now();
      running.onProgress(outcome);
    }
  }
  running.onProgress?.(outcome);
  return outcome;
}

function take(outcome: Outcome, line: Line): void {
  if ("output" in line) outcome.rows.push(asRow(line.output));
  else if ("error" in line) outcome.faults.push(line.error);
  else if ("message" in line) outcome.said.push(line.message.text);
  else if ("line" in line) outcome.said.push(line.line);
  else outcome.ended = true;
}

function asRow(output: unknown): Row {
  return output !== null && typeof output === "object" && !Array.isArray(output) ? (output as Row) : { Value: output };
}

async function* lines(response: Response): AsyncGenerator<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const pieces = (rest + value).split("\n");
    rest = pieces.pop()!;
    yield* pieces.filter(Boolean);
  }
  if (rest) yield rest;
}
