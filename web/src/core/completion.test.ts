import { expect, test } from "vitest";
import { completed, completionAt } from "./completion";

test.each([
  ["hello @bo", "person", "bo"],
  ["@", "person", ""],
  ["@Bob Mil", "person", "Bob Mil"],
  ["(#eng", "room", "eng"],
  ["nice :smi", "emoji", "smi"],
  ["/dep", "command", "dep"],
])("%s", (text, kind, part) => expect(completionAt(text, text.length)).toMatchObject({ kind, part }));

test.each(["a@b", "at 10:30", "so: x", "say /dep", "@bob ", "@bob said that", "", "x\n:)", "https://x"])(
  "nothing in %j", (text) => expect(completionAt(text, text.length)).toBeNull());

test("takes the place of what was written, and leaves one space behind it", () => {
  const text = "hi @bo, you";
  expect(completed(text, completionAt(text, 6)!, "@bob")).toEqual({ text: "hi @bob , you", caret: 8 });
  expect(completed("@b x", completionAt("@b x", 2)!, "@bob")).toEqual({ text: "@bob x", caret: 5 });
});
