import { describe, expect, test } from "vitest";
import { fieldsOf, hasTrial, initialValues, missing, parametersOf, type CmdletSchema } from "./schema";

const strings = { type: "array", items: { type: "string" } };
const schema: CmdletSchema = {
  title: "Set-CsThing",
  description: "Changes a thing.",
  properties: {
    Instance: { type: "object", description: "A thing from Get-." },
    Name: { type: "string", description: "New name." },
    Identity: { type: "string" },
    Disabled: { type: "boolean" },
    Force: { type: "boolean", default: false },
    Privacy: { enum: ["Open", "Closed"] },
    Members: { anyOf: [strings, { type: "object", properties: { Add: strings, Remove: strings, Replace: strings } }] },
    Scopes: { type: "array", items: { enum: ["read", "write"] } },
    Notes: strings,
    Limit: { type: "integer" },
    ResultSize: { anyOf: [{ type: "integer" }, { const: "Unlimited" }] },
    EndDate: { type: "string", format: "date-time" },
    Interval: { type: "string", pattern: "^x" },
    Password: { type: "string", format: "password" },
    Account: { type: "object", properties: { UserName: {}, Password: {} } },
    Owner: { anyOf: [{ type: "string" }, { type: "null" }] },
    Content: { type: "string", contentEncoding: "base64" },
    WhatIf: { type: "boolean", default: false },
    Confirm: { type: "boolean", default: false },
    ErrorAction: { enum: ["Stop"] },
  },
  anyOf: [{ required: ["Identity"] }, { required: ["Instance"] }],
};
const fields = fieldsOf(schema);

describe("fields", () => {
  test("are what the definition says, what must be given first, objects and common ones left out", () => {
    expect(fields.map((field) => [field.name, field.kind])).toEqual([
      ["Identity", "text"], ["Name", "text"], ["Disabled", "truth"], ["Force", "switch"], ["Privacy", "choice"],
      ["Members", "changes"], ["Scopes", "choices"], ["Notes", "list"], ["Limit", "number"], ["ResultSize", "size"],
      ["EndDate", "moment"], ["Interval", "span"], ["Password", "secret"], ["Account", "credential"], ["Owner", "text"],
      ["Content", "bytes"],
    ]);
    expect(fields.filter((field) => field.required).map((field) => field.name)).toEqual(["Identity"]);
    expect(fields.filter((field) => field.nullable).map((field) => field.name)).toEqual(["Owner"]);
    expect(hasTrial(schema)).toBe(true);
  });
  test("must be given only if every way to run it needs them", () => {
    const two = fieldsOf({ ...schema, anyOf: [{ required: ["Identity", "Name"] }, { required: ["Name", "Owner"] }] });
    expect(two.filter((field) => field.required).map((field) => field.name)).toEqual(["Name"]);
    expect(fieldsOf({ ...schema, anyOf: [{ required: [] }, { required: ["Instance"] }] }).some((field) => field.required)).toBe(false);
  });
});

describe("what is sent", () => {
  const thing = { Name: "Old", Disabled: true, Privacy: "closed", Members: ["a", "b"], Notes: ["n"], Limit: 5 };
  const before = initialValues(fields, thing);
  const now = (changes: object) => parametersOf(fields, before, { ...before, ...changes });

  test("is nothing but what was changed, and what must be given", () => {
    expect(before).toMatchObject({ Name: "Old", Disabled: true, Privacy: "Closed", Limit: "5", Password: "" });
    expect(now({})).toEqual({});
    expect(now({ Identity: "x" })).toEqual({ Identity: "x" });
    expect(parametersOf(fields, { ...before, Identity: "x" }, { ...before, Identity: "x" })).toEqual({ Identity: "x" });
    expect(missing(fields, before)).toEqual(["Identity"]);
    expect(missing(fields, { ...before, Identity: "x" })).toEqual([]);
  });
  test.each([
    [{ Name: "New" }, { Name: "New" }], [{ Name: "" }, { Name: "" }],
    [{ Disabled: false }, { Disabled: false }], [{ Disabled: undefined }, {}], [{ Force: true }, { Force: true }],
    [{ Privacy: "Open" }, { Privacy: "Open" }], [{ Privacy: "" }, {}],
    [{ Members: ["b", "c"] }, { Members: { Add: ["c"], Remove: ["a"] } }],
    [{ Members: [] }, { Members: { Remove: ["a", "b"] } }],
    [{ Scopes: ["read"] }, { Scopes: ["read"] }], [{ Notes: [] }, { Notes: [] }],
    [{ Limit: "7" }, { Limit: 7 }], [{ Limit: "" }, {}],
    [{ ResultSize: "10" }, { ResultSize: 10 }], [{ ResultSize: "Unlimited" }, { ResultSize: "Unlimited" }],
    [{ EndDate: "2026-01-05T12:00Z" }, { EndDate: "2026-01-05T12:00:00.000Z" }],
    [{ Password: "p" }, { Password: "p" }], [{ Owner: null }, { Owner: null }],
    [{ Account: { UserName: "u", Password: "p" } }, { Account: { UserName: "u", Password: "p" } }],
    [{ Account: { UserName: "", Password: "p" } }, {}],
  ])("%j becomes %j", (changes, expected) => {
    expect(now(changes)).toEqual(expected);
  });
  test("of a list that is not known, what is put in and taken out", () => {
    const empty = initialValues(fields);
    const of = (members: object) => parametersOf(fields, empty, { ...empty, Members: members } as never);
    expect(of({ add: ["a"], remove: [] })).toEqual({ Members: { Add: ["a"] } });
    expect(of({ add: [], remove: [] })).toEqual({});
  });
});
