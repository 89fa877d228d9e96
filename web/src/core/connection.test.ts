import { beforeEach, expect, test } from "vitest";
import { Connection, Disconnected, Refused, type Frame, type Socket, type Status } from "./connection";

class FakeSocket {
  sent: Frame[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(text: string) { this.sent.push(JSON.parse(text) as Frame); }
  close() { this.closed = true; }
  gives(frame: unknown) { this.onmessage?.({ data: JSON.stringify(frame) }); }
}

let sockets: FakeSocket[];
let timers: Map<number, { act: () => void; after: number }>;
let statuses: Status[];
let events: Frame[];
let ends: number[];
let connection: Connection;

beforeEach(() => {
  sockets = [];
  timers = new Map();
  statuses = [];
  events = [];
  ends = [];
  let next = 0;
  connection = new Connection({
    socket: () => { sockets.push(new FakeSocket()); return sockets.at(-1)! as unknown as Socket; },
    later: (act, after) => { timers.set(++next, { act, after }); return next; },
    never: (timer) => void timers.delete(timer as number),
    chance: () => 1,
    told: (_kind, text) => text,
  }, {
    status: (status) => statuses.push(status),
    event: (frame) => events.push(frame),
    opened: () => undefined,
    ended: (code) => ends.push(code),
  });
});

const run = () => { const [id, timer] = [...timers].at(-1)!; timers.delete(id); timer.act(); };

test("asks, is answered, and hears of events", async () => {
  connection.start();
  sockets[0]!.onopen!();
  const answer = connection.ask("join", { room: "a/b" });
  expect(sockets[0]!.sent).toEqual([{ do: "join", id: 1, room: "a/b" }]);
  sockets[0]!.gives({ event: "typing", room: "a/b" });
  sockets[0]!.gives({ re: 1, ok: { last: 5 } });
  expect(await answer).toEqual({ last: 5 });
  expect(events).toEqual([{ event: "typing", room: "a/b" }]);
});

test("a refusal has its name", async () => {
  connection.start();
  sockets[0]!.onopen!();
  const answer = connection.ask("post");
  sockets[0]!.gives({ re: 1, error: { id: "MessageEmpty", status: 400, message: "Say something." } });
  await expect(answer).rejects.toMatchObject(new Refused("MessageEmpty", 400, "Say something."));
});

test("without a connection, nothing is asked", async () => {
  await expect(connection.ask("ping")).rejects.toBeInstanceOf(Disconnected);
});

test("what was under way when it ended is told so, and it comes back after longer and longer pauses", async () => {
  connection.start();
  sockets[0]!.onopen!();
  const answer = connection.ask("post");
  sockets[0]!.onclose!({ code: 1001 });
  await expect(answer).rejects.toBeInstanceOf(Disconnected);
  const pauses: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    pauses.push([...timers.values()].at(-1)!.after);
    run();
    sockets.at(-1)!.onclose!({ code: 1006 });
  }
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect(ends.slice(0, 2)).toEqual([1001, 0]);
  connection.hurry();
  sockets.at(-1)!.onopen!();
  sockets.at(-1)!.gives({ event: "x" });
  sockets.at(-1)!.onclose!({ code: 1001 });
  expect([...timers.values()].at(-1)!.after).toBe(500);
});

test("who gives no sign of life is gone", () => {
  connection.start();
  sockets[0]!.onopen!();
  run();
  expect(sockets[0]!.sent).toEqual([{ do: "ping", id: 1 }]);
  run();
  expect([sockets[0]!.closed, connection.status]).toEqual([true, "waiting"]);
});

test("an old connection has no say any more", () => {
  connection.start();
  const old = sockets[0]!;
  const { onopen } = old;
  old.onclose!({ code: 1006 });
  onopen!();
  expect(connection.status).toBe("waiting");
  connection.stop();
  expect([connection.status, timers.size]).toEqual(["idle", 0]);
});
