/** What a text shows: a message is text and nothing but text, in which some words lead somewhere. */

export type Token =
  | { kind: "text"; text: string }
  /** A sign that nobody sees, and that turns or hides others: shown by something that one does see. */
  | { kind: "sign"; text: string; code: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "room"; text: string; id: string }
  | { kind: "file"; text: string; room: string; guid: string }
  | { kind: "mention"; text: string; address: string }
  | { kind: "code"; text: string }
  | { kind: "mark"; text: string };

export type Block =
  | { kind: "text"; tokens: Token[] }
  | { kind: "code"; text: string }
  | { kind: "quote"; tokens: Token[] };

const GUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
const HOST = "[A-Za-z0-9.-]+";
const FINDS = new RegExp([
  "`(?<code>[^`\\n]+)`",
  `ma-filelink://(?<fileroom>${HOST}/${GUID})/(?<guid>${GUID})`,
  `ma-chan://(?<room>${HOST}/${GUID})`,
  "(?<url>https?://[^\\s<>\"'`]+)",
  "(?<![\\w.@+-])@(?<user>[\\w.+'-]{1,64})(?:@(?<domain>[A-Za-z0-9.-]{1,253}))?",
].join("|"), "gu");

/** Returns the blocks of a message.
 *
 * @param domain the SIP domain that "@bob" means.
 */
export function blocks(text: string, domain: string): Block[] {
  const found: Block[] = [];
  for (const [at, part] of text.split(/^```[^\S\n]*\w*[^\S\n]*\n([\s\S]*?)\n?```[^\S\n]*(?:\n|$)/m).entries()) {
    if (at % 2) found.push({ kind: "code", text: part });
    else found.push(...paragraphs(part.replace(/\n$/, at ? "" : "$&"), domain));
  }
  return found;
}

function paragraphs(text: string, domain: string): Block[] {
  const found: { quoted: boolean; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const quoted = /^>\s?/.test(line);
    const last = found.at(-1);
    const content = quoted ? line.replace(/^>\s?/, "") : line;
    if (last?.quoted === quoted) last.lines.push(content);
    else found.push({ quoted, lines: [content] });
  }
  return found
    .map(({ quoted, lines }) => ({ quoted, text: lines.join("\n") }))
    .filter((one) => one.quoted || one.text.trim() !== "")
    .map((one) => ({ kind: one.quoted ? "quote" : "text", tokens: tokens(one.text.replace(/^\n+|\n+$/g, ""), domain) }));
}

/** Returns what the words of a line or more are. */
export function tokens(text: string, domain: string): Token[] {
  const found: Token[] = [];
  let done = 0;
  for (const match of text.matchAll(FINDS)) {
    const token = tokenOf(match, domain);
    if (!token) continue;
    const start = match.index + match[0].indexOf(token.text);
    found.push(...plain(text.slice(done, start)), token);
    done = start + token.text.length;
  }
  found.push(...plain(text.slice(done)));
  return found;
}

function tokenOf(match: RegExpMatchArray, domain: string): Token | null {
  const { code, fileroom, guid, room, url, user, domain: written } = match.groups!;
  if (code) return { kind: "code", text: match[0] };
  if (guid) return { kind: "file", text: match[0], room: fileroom!.toLowerCase(), guid: guid.toLowerCase() };
  if (room) return { kind: "room", text: match[0], id: room.toLowerCase() };
  if (url) return linkOf(url);
  const name_ = user!.replace(/[.'-]+$/, "");
  const where = written?.replace(/[.-]+$/, "");
  if (!name_) return null;
  if (where && name_ === user) return { kind: "mention", text: `@${user}@${where}`, address: `${user}@${where}`.toLowerCase() };
  return { kind: "mention", text: `@${name_}`, address: `${name_}@${domain}`.toLowerCase() };
}

/** A link ends before the signs that end a sentence, and before a bracket that was opened outside of it. */
function linkOf(url: string): Token | null {
  let text = url;
  for (;;) {
    const last = text.at(-1)!;
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    const loose = opening !== undefined && count(text, last) > count(text, opening);
    if (!loose && !/[.,;:!?*_~…»”’]/u.test(last)) break;
    text = text.slice(0, -last.length);
  }
  const hidden = text.search(UNSEEN);
  if (hidden >= 0) text = text.slice(0, hidden);
  return URL.canParse(text) && /^https?:\/\/[^/]/.test(text) ? { kind: "link", text, href: text } : null;
}

/** Returns where a link leads within the pages of this host, null if it leads anywhere else.
 *
 * A path that begins with two slashes would, as an address by itself, lead to another host.
 *
 * @param origin of this host.
 */
export function pathHere(href: string, origin: string): string | null {
  const url = new URL(href);
  return url.origin === origin && !/^\/(\/|(api|files|hooks)(\/|$))/.test(url.pathname) ? url.pathname + url.search : null;
}

function count(text: string, sign: string): number {
  return text.split(sign).length - 1;
}

/** Signs that turn the direction of others, or that nobody sees: controls of bidi, spaces without width, tags, fillers.
 *
 * The two joiners are left alone where writing needs them: between pictures, and in scripts whose letters join.
 */
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af])[\u200c\u200d]/u;
const UNSEEN_ALL = new RegExp(UNSEEN.source, "gu");

function plain(text: string): Token[] {
  const found: Token[] = [];
  let done = 0;
  for (const match of text.matchAll(UNSEEN_ALL)) {
    if (match.index > done) found.push({ kind: "text", text: text.slice(done, match.index) });
    const code = `U+${match[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
    found.push({ kind: "sign", text: "\ufffd", code });
    done = match.index + match[0].length;
  }
  if (done < text.length) found.push({ kind: "text", text: text.slice(done) });
  return found;
}

/** Returns a name, of somebody or something, as it can be shown: on one line, and without signs that nobody sees. */
export function named(text: string): string {
  return text.replace(/[\r\n\t\u2028\u2029]+/g, " ").replace(UNSEEN_ALL, "\ufffd");
}

/** Takes the names of files out of the text before their links, where clients write them: the file itself shows its name.
 *
 * @param name returns the name of a file, undefined if it is not known (yet).
 */
export function withoutFileNames(found: Token[], name: (guid: string) => string | undefined): Token[] {
  return found.map((token, at) => {
    const next = found[at + 1];
    const known = next?.kind === "file" ? name(next.guid) : undefined;
    if (token.kind !== "text" || !known || !token.text.trimEnd().endsWith(known)) return token;
    return { kind: "text", text: token.text.trimEnd().slice(0, -known.length) };
  });
}

/** Marks words in tokens, as a search found them. */
export function marked(found: Token[], words: readonly string[], exact = false): Token[] {
  const wanted = words.filter(Boolean).map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!wanted.length) return found;
  const pattern = new RegExp(`(${wanted.sort((a, b) => b.length - a.length).join("|")})`, exact ? "gu" : "giu");
  return found.flatMap((token) => (token.kind !== "text" ? [token] : token.text.split(pattern)
    .map((text, at): Token => ({ kind: at % 2 ? "mark" : "text", text })).filter((one) => one.text)));
}

/** Returns a message as a quotation to answer to. */
export function quotation(name: string, text: string): string {
  return `${[`${named(name)}:`, ...text.split("\n").slice(0, 12)].map((line) => `> ${line}`).join("\n")}\n\n`;
}

/** Returns an excerpt on one line, for lists and notifications. */
export function excerpt(text: string, length = 140): string {
  const line = named(text.replace(/(\S+ )?ma-filelink:\/\/\S+/g, "📎 $1").replace(/\s+/g, " ")).trim();
  return [...line].length > length ? `${[...line].slice(0, length - 1).join("")}…` : line;
}
