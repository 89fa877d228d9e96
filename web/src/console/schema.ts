/** Forms out of the definitions of cmdlets: which fields there are, and what is sent of what was put into them. No DOM. */

import type { Row } from "./runs";

export interface Property {
  type?: string;
  enum?: string[];
  anyOf?: Property[];
  const?: unknown;
  items?: Property;
  properties?: Record<string, Property>;
  format?: string;
  pattern?: string;
  contentEncoding?: string;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
}

export interface CmdletSchema {
  title: string;
  description: string;
  properties: Record<string, Property>;
  required?: string[];
  anyOf?: { required: string[] }[];
}

export type Kind =
  | "text" | "secret" | "number" | "switch" | "truth" | "choice" | "choices" | "list" | "changes" | "moment" | "span" | "size"
  | "credential" | "bytes";

export interface Field {
  name: string;
  kind: Kind;
  /** It must be given, whichever way the cmdlet is run. */
  required: boolean;
  /** It can be told to be nothing ($null). */
  nullable: boolean;
  choices: readonly string[];
  help: string;
}

/** What stands in a field: nothing (undefined) is not sent. */
export type Value = string | boolean | readonly string[] | Changes | Credential | null | undefined;
/** A list whose present content is not known: only what is put in and taken out. */
export interface Changes { add: readonly string[]; remove: readonly string[] }
export interface Credential { UserName: string; Password: string }
export type Values = Record<string, Value>;

/** What every cmdlet takes, and no form shows. */
const COMMON = new Set([
  "WhatIf", "Confirm", "Verbose", "Debug", "ErrorAction", "WarningAction", "InformationAction", "ErrorVariable", "WarningVariable",
  "InformationVariable", "OutVariable", "OutBuffer", "PipelineVariable",
]);

/** Returns the fields of a cmdlet's form: what must be given first. Objects come from the pipeline, and have none. */
export function fieldsOf(schema: CmdletSchema): Field[] {
  const required = requiredOf(schema);
  const found = Object.entries(schema.properties)
    .filter(([name]) => !COMMON.has(name))
    .flatMap(([name, property]) => {
      const kind = kindOf(plain(property));
      return kind === null ? [] : [{
        name, kind, required: required.has(name), nullable: isNullable(property), choices: choicesOf(plain(property)),
        help: property.description ?? "",
      }];
    });
  return [...found.filter((field) => field.required), ...found.filter((field) => !field.required)];
}

/** Returns what must be given: of several ways to run it, those that need no object. */
function requiredOf(schema: CmdletSchema): Set<string> {
  const ways = (schema.anyOf ?? [{ required: schema.required ?? [] }])
    .map((way) => way.required)
    .filter((names) => names.every((name) => plain(schema.properties[name] ?? {}).type !== "object"));
  const [first = [], ...others] = ways;
  return new Set(first.filter((name) => others.every((names) => names.includes(name))));
}

function isNullable(property: Property): boolean {
  return property.anyOf?.some((one) => one.type === "null") ?? false;
}

function plain(property: Property): Property {
  return isNullable(property) ? property.anyOf!.find((one) => one.type !== "null")! : property;
}

function kindOf(property: Property): Kind | null {
  if (property.enum) return "choice";
  if (property.anyOf) return property.anyOf.some((one) => one.const === "Unlimited") ? "size" : "changes";
  switch (property.type) {
    case "boolean": return property.default === false ? "switch" : "truth";
    case "integer": case "number": return "number";
    case "array": return property.items?.enum ? "choices" : "list";
    case "object": return property.properties && "UserName" in property.properties ? "credential" : null;
  }
  if (property.format === "password") return "secret";
  if (property.format === "date-time") return "moment";
  if (property.contentEncoding) return "bytes";
  return property.pattern ? "span" : "text";
}

function choicesOf(property: Property): readonly string[] {
  return property.enum ?? property.items?.enum ?? [];
}

/** Returns whether a cmdlet can only say what it would do. */
export function hasTrial(schema: CmdletSchema): boolean {
  return "WhatIf" in schema.properties;
}

/** Returns what stands in the fields at first: what the object has under the same names. */
export function initialValues(fields: readonly Field[], current: Row = {}): Values {
  return Object.fromEntries(fields.map((field) => [field.name, initial(field, current[field.name])]));
}

function initial(field: Field, found: unknown): Value {
  switch (field.kind) {
    case "switch": return false;
    case "truth": return typeof found === "boolean" ? found : undefined;
    case "changes": return Array.isArray(found) ? found.map(String) : { add: [], remove: [] };
    case "list": case "choices": return Array.isArray(found) ? found.map(String) : [];
    case "credential": return { UserName: "", Password: "" };
    case "moment": return "";
    case "choice": return field.choices.find((one) => one.toLowerCase() === String(found ?? "").toLowerCase()) ?? "";
    default: return typeof found === "string" || typeof found === "number" ? String(found) : "";
  }
}

/** Returns what is sent of the values of a form: what is not as it was at first, and what must be given. */
export function parametersOf(fields: readonly Field[], before: Values, now: Values): Row {
  const sent: Row = {};
  for (const field of fields) {
    const value = now[field.name];
    const same = JSON.stringify(value) === JSON.stringify(before[field.name]);
    if (same && !(field.required && isGiven(value))) continue;
    const one = parameter(field, before[field.name], value);
    if (one !== undefined) sent[field.name] = one;
  }
  return sent;
}

function isGiven(value: Value): boolean {
  return value !== undefined && value !== "" && !(Array.isArray(value) && !value.length);
}

function parameter(field: Field, before: Value, now: Value): unknown {
  if (now === null) return null;
  switch (field.kind) {
    case "number": return now === "" ? undefined : Number(now);
    case "size": return now === "" ? undefined : now === "Unlimited" ? now : Number(now);
    case "moment": return now ? new Date(now as string).toISOString() : undefined;
    case "choice": case "secret": case "span": case "bytes": return now || undefined;
    case "credential": return (now as Credential).UserName ? now : undefined;
    case "changes": return Array.isArray(now) ? differences(before as readonly string[], now) : changed(now as Changes);
    default: return now;
  }
}

/** Returns the change of a list as cmdlets take it, so that what others did meanwhile stays. */
function differences(before: readonly string[], now: readonly string[]): Row {
  return clean({ Add: now.filter((one) => !before.includes(one)), Remove: before.filter((one) => !now.includes(one)) });
}

function changed(now: Changes): Row | undefined {
  const found = clean({ Add: now.add, Remove: now.remove });
  return Object.keys(found).length ? found : undefined;
}

function clean(lists: Record<string, readonly string[]>): Row {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length));
}

/** Returns the names of fields that must be filled in and are not. */
export function missing(fields: readonly Field[], now: Values): string[] {
  return fields.filter((field) => field.required && !isGiven(now[field.name])).map((field) => field.name);
}
