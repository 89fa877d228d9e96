import { expect, test } from "vitest";
import { Disconnected, Refused } from "./connection";
import { Outbox, type Posted, type Waiting } from "./outbox";

const item = (key: string): Waiting => ({ key, room: "r", at: "", text: key });

function made(post: (one: Waiting) => Promise<Posted>, items: Waiting[] = []) {
  const delivered: string[] = [];
  const outbox = new Outbox(items, post, () => undefined, (one, posted) => delivered.push(`${one.key}@${posted.number}`));
  return { outbox, delivered };
}

test("posts in order, one after the other", async () => {
  let under = 0;
  let number = 0;
  const { outbox, delivered } = made(async () => {
    expect(++under).toBe(1);
    await Promise.resolve();
    under -= 1;
    return { number: ++number, at: "" };
  }, [item("a"), item("b"), item("c")]);
  await outbox.send();
  expect(delivered).toEqual(["a@1", "b@2", "c@3"]);
  expect(outbox.items).toEqual([]);
});

test("keeps what the connection did not carry, and sends it with the same key", async () => {
  const keys: string[] = [];
  let there = false;
  const { outbox, delivered } = made(async (one) => {
    keys.push(one.key);
    if (!there) throw new Disconnected();
    return { number: 7, at: "" };
  }, [item("a"), item("b")]);
  await outbox.send();
  expect(outbox.items.length).toBe(2);
  there = true;
  await outbox.send();
  expect(keys).toEqual(["a", "a", "b"]);
  expect(delivered).toEqual(["a@7", "b@7"]);
});

test("what is refused waits for its author, and does not hold the others up", async () => {
  let refuse = true;
  const { outbox, delivered } = made(async (one) => {
    if (one.key === "a" && refuse) throw new Refused("MessageTooLong", 400, "It is too long.");
    return { number: 1, at: "" };
  }, [item("a"), item("b")]);
  await outbox.send();
  expect(delivered).toEqual(["b@1"]);
  expect(outbox.items).toEqual([{ ...item("a"), refused: "It is too long." }]);
  refuse = false;
  outbox.retry("a");
  await Promise.resolve();
  await Promise.resolve();
  expect(delivered).toEqual(["b@1", "a@1"]);
});
