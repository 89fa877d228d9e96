import { describe, expect, test } from "vitest";
import { blocks, excerpt, marked, named, pathHere, quotation, tokens, withoutFileNames } from "./format";

const R = "litwareinc.com/11111111-2222-3333-4444-555555555555";
const F = "99999999-8888-7777-6666-555555555555";
const D = "litwareinc.com";
const kinds = (text: string) => tokens(text, D).filter((one) => one.kind !== "text").map((one) => [one.kind, one.text]);

describe("words that lead somewhere", () => {
  test.each([
    ["see https://a.example/x.", [["link", "https://a.example/x"]]],
    ["(https://a.example/x_(y))", [["link", "https://a.example/x_(y)"]]],
    ["<https://a.example>", [["link", "https://a.example"]]],
    ["https://a.example/?q=1&b=2, and", [["link", "https://a.example/?q=1&b=2"]]],
    ["javascript:alert(1)", []],
    ["data:text/html,x", []],
    ["https://", []],
    ["https://a.example/\u202egpj", [["link", "https://a.example/"], ["sign", "\ufffd"]]],
    ["hello @bob, hi", [["mention", "@bob"]]],
    ["@bob@fabrikam.com.", [["mention", "@bob@fabrikam.com"]]],
    ["a@b.example", []],
    ["`@bob https://x`", [["code", "`@bob https://x`"]]],
    [`go to ma-chan://${R}!`, [["room", `ma-chan://${R}`]]],
    ["ma-chan://x", []],
    ["<b>x</b>", []],
  ])("%s", (text, found) => expect(kinds(text)).toEqual(found));

  test("a mention without a domain is of ours", () => {
    expect(tokens("@Bob", D)).toEqual([{ kind: "mention", text: "@Bob", address: "bob@litwareinc.com" }]);
  });

  test("files have their name before them, which they show themselves", () => {
    const found = tokens(`look: new plan.pdf ma-filelink://${R}/${F}`, D);
    expect(found.at(-1)).toEqual({ kind: "file", text: `ma-filelink://${R}/${F}`, room: R, guid: F });
    expect(withoutFileNames(found, () => "new plan.pdf")[0]).toEqual({ kind: "text", text: "look: " });
    expect(withoutFileNames(found, () => undefined)).toEqual(found);
  });

  test("nothing is lost or added", () => {
    const text = `a @b https://c.example, \`d\` ma-chan://${R} e.txt ma-filelink://${R}/${F} <i>`;
    expect(tokens(text, D).map((one) => one.text).join("")).toBe(text);
  });
});

test("blocks: code, quotations, paragraphs", () => {
  expect(blocks("> Bob:\n> hi\nyes\n```py\nx = 1\n```\nbye", D)).toEqual([
    { kind: "quote", tokens: [{ kind: "text", text: "Bob:\nhi" }] },
    { kind: "text", tokens: [{ kind: "text", text: "yes" }] },
    { kind: "code", text: "x = 1" },
    { kind: "text", tokens: [{ kind: "text", text: "bye" }] },
  ]);
});

describe("signs that nobody sees", () => {
  test.each([
    ["Alice\u202ecod.exe", "Alice\ufffdcod.exe"],
    ["Ali\u200bce", "Ali\ufffdce"],
    ["Ali\u200dce", "Ali\ufffdce"],
    ["two\nlines", "two lines"],
    ["👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"],
    ["می\u200cخواهم", "می\u200cخواهم"],
    ["\u{e0041}x", "\ufffdx"],
    ["<script>", "<script>"],
  ])("%j", (text, shown) => expect(named(text)).toBe(shown));

  test("in messages, too, with what they are", () => {
    expect(tokens("a\u202eb", D)[1]).toEqual({ kind: "sign", text: "\ufffd", code: "U+202E" });
  });
});

test("what a search found is marked, whatever signs it has", () => {
  expect(marked(tokens("C++ and c++ (x)", D), ["c++", "(x"])).toEqual([
    { kind: "mark", text: "C++" }, { kind: "text", text: " and " }, { kind: "mark", text: "c++" }, { kind: "text", text: " " },
    { kind: "mark", text: "(x" }, { kind: "text", text: ")" }]);
});

test("quotations and excerpts", () => {
  expect(quotation("Bob", "one\ntwo")).toBe("> Bob:\n> one\n> two\n\n");
  expect(excerpt(`x\n y plan.pdf ma-filelink://${R}/${F}`)).toBe("x y 📎 plan.pdf");
  expect([...excerpt("ä".repeat(300))].length).toBe(140);
});

test.each([
  ["https://here.example/rooms/a/b?at=3", "/rooms/a/b?at=3"],
  ["https://here.example", "/"],
  ["https://here.example//evil.example/login", null],
  ["https://here.example/\\evil.example/login", null],
  ["https://here.example/api/v1/session", null],
  ["https://here.example/files/x", null],
  ["https://here.example:444/rooms", null],
  ["https://here.example@evil.example/rooms", null],
])("leads to a page of this host: %s", (href, path) => {
  expect(pathHere(href, "https://here.example")).toBe(path);
});
