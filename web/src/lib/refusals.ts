/** What the server refuses, in words of the language that was chosen: by the names of docs/reference/errors.md. */

import { settings } from "./settings.svelte";

/** Those that somebody who talks meets; what says more than its name, and what administrators meet, is in the server's words. */
const de: Record<string, string> = {
  SignInRefused: "Name oder Passwort stimmen nicht, oder das Konto darf sich nicht anmelden. Nach zu vielen falschen Passwörtern darf es das eine Weile nicht.",
  SignInTooOften: "Das Passwort war zu oft falsch. Bitte warte etwas.", SignInNeeded: "Du bist nicht mehr angemeldet.", CsrfNeeded: "Du hast dich inzwischen neu angemeldet. Bitte lade die Seite neu.",
  CurrentPasswordWrong: "Das ist nicht dein jetziges Passwort. Nichts wurde geändert.", TokensTooMany: "Du hast schon so viele Token, wie man haben kann. Widerrufe erst eines.",
  SignInNotFound: "Diese Anmeldung, oder dieses Token, gibt es nicht mehr.", OidcUnavailable: "Der Anmeldedienst ist nicht erreichbar. Versuche es später, oder melde dich mit deinem Passwort an.",
  ChatRoomDisabled: "Dieser Raum ist abgeschaltet.", ChatRoomGone: "Der Raum wurde inzwischen entfernt.", ChatRoomNotFound: "Diesen Raum gibt es nicht.", ChatRoomExists: "Einen Raum oder eine Kategorie dieses Namens gibt es schon. Wähle einen anderen.",
  ChangedMeanwhile: "Jemand anders hat das inzwischen geändert.", NotACreator: "In dieser Kategorie darfst du keine Räume anlegen.", NotAManager: "Du verwaltest diesen Raum nicht.",
  NotAMember: "Du bist kein Mitglied dieses Raums. Frage jemanden, der ihn verwaltet.", NotAPresenter: "Hier schreiben nur Vortragende.", NotFollowing: "Du folgst diesem Raum nicht.", NotJoined: "Du bist nicht in diesem Raum.",
  NotTheAuthor: "Diese Nachricht ist nicht deine.", MessageEmpty: "Die Nachricht ist leer.", MessageInvalid: "Die Nachricht enthält etwas, das kein Text ist.", MessageNotFound: "Diese Nachricht gibt es nicht.", MessageTooLong: "Die Nachricht ist zu lang.",
  FollowsTooMany: "Du folgst schon so vielen Räumen, wie man kann.", PinsTooMany: "Hier ist schon so viel angeheftet, wie geht. Nimm erst etwas ab.", FeedsTooMany: "Du hast schon so viele Feeds, wie man haben kann.", FeedNotFound: "Diesen Feed gibt es nicht.",
  FileNameInvalid: "So kann eine Datei nicht heißen.", FileNotFound: "Diese Datei gibt es nicht mehr.", FileTokenInvalid: "Das hat zu lange gedauert. Sende die Datei noch einmal.", FileTooLarge: "Die Datei ist zu groß.",
  FileTokensTooMany: "Du sendest schon zu viele Dateien auf einmal.", FilesNotAllowed: "In diesem Raum sind Dateien nicht erlaubt.", JoinRequestNotFound: "Diese Anfrage gibt es nicht mehr.", RequestNotNeeded: "Du darfst schon in diesen Raum.",
  MemberThroughGroup: "Du bist durch eine Gruppe Mitglied, nicht für dich allein. Folge dem Raum nicht mehr, oder frage, wer die Gruppe verwaltet.", PrincipalGone: "Jemand aus der Liste ist nicht mehr im Verzeichnis. Nichts wurde geändert.",
  CommandUnknown: "Diesen Befehl hat der Raum nicht.", HookOff: "Das ist hier abgeschaltet.", HooksTooOften: "Das war zu oft. Bitte warte etwas.",
  SearchEmpty: "Gib Wörter oder jemanden an, nach dem gesucht wird.", SearchesTooMany: "Du suchst schon. Bitte warte auf die Antwort.", RequestBodyTooLarge: "Das ist zu lang.", RequestBodyTooSlow: "Das hat zu lange gedauert.",
};

/** Returns how a refusal is told.
 *
 * @param kind its name.
 * @param text the server's words.
 */
export function refusal(kind: string, text: string): string {
  return (settings.language === "de" ? de[kind] : undefined) ?? text;
}
