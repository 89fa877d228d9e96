import { expect, test } from "vitest";
import { before, behind, EMPTY, entered, MOST, opened, purged } from "./log";
import type { Message, Page } from "./types";

const message = (number: number, text = `m${number}`): Message => ({ number, author: "a@b", name: "A", at: "", text });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => message(from + at));
const page = (from: number, to: number, earlier = true, later = false): Page => ({ messages: range(from, to), earlier, later });
const numbers = (log: { messages: readonly Message[] }) => log.messages.map((one) => one.number);

test("live messages follow, each once", () => {
  let log = opened(page(1, 3, false), 3, 1);
  log = entered(log, { number: 4, message: message(4) });
  log = entered(log, { number: 4, message: message(4) });
  log = entered(log, { number: 3, message: message(3) });
  expect(numbers(log)).toEqual([1, 2, 3, 4]);
  expect(log.last).toBe(4);
});

test("the first message of an empty room", () => {
  const log = entered(EMPTY, { number: 1, message: message(1) });
  expect([numbers(log), log.first, log.last]).toEqual([[1], 1, 1]);
});

test("changes take a place in the log and stay where the message is", () => {
  let log = opened(page(1, 3, false), 3, 1);
  log = entered(log, { number: 4, message: message(2, "second") });
  log = entered(log, { number: 5, message: message(5) });
  expect(log.messages.map((one) => one.text)).toEqual(["m1", "second", "m3", "m5"]);
  expect(entered(log, { number: 4, message: message(2, "second") }).messages).toEqual(log.messages);
});

test("an older form does not replace a newer one", () => {
  let log = opened(page(1, 3, false), 3, 1);
  log = entered(log, { number: 5, message: message(2, "third") });
  log = entered(log, { number: 4, message: message(2, "second") });
  expect(log.messages[1]!.text).toBe("third");
});

test("changes of what is not in the stretch only move the place to resume behind", () => {
  const log = entered(opened(page(100, 120), 120, 1), { number: 121, message: message(5, "x") });
  expect([log.messages.length, log.last]).toEqual([21, 121]);
});

test("memory stays bounded over ten thousand live messages, and there is a way back", () => {
  let log = EMPTY;
  for (let number = 1; number <= 10_000; number += 1) log = entered(log, { number, message: message(number) });
  expect([log.messages.length, log.earlier, log.later, log.messages[0]!.number]).toEqual([MOST, true, false, 10_001 - MOST]);
  log = before(log, page(9_501, 9_600));
  expect([log.messages.length, log.later, log.messages[0]!.number]).toEqual([MOST, true, 9_501]);
  log = entered(log, { number: 10_001, message: message(10_001) });
  expect(log.messages.at(-1)!.number).toBe(9_900);
  log = behind(log, page(9_901, 10_001, true, false));
  expect([log.later, log.last, log.messages.at(-1)!.number]).toEqual([false, 10_001, 10_001]);
});

test("pages that overlap give nothing twice", () => {
  let log = opened(page(50, 60, true, true), 99, 1);
  log = before(log, page(45, 52));
  log = behind(log, page(58, 66, true, true));
  expect(numbers(log)).toEqual(numbers({ messages: range(45, 66) }));
});

test("what is purged is gone, and there is nothing before it", () => {
  const log = purged(opened(page(10, 20), 20, 1), 14);
  expect([numbers(log)[0], log.earlier, log.first]).toEqual([15, false, 15]);
});
