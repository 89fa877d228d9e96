/** The console's own texts; those of cmdlets and their parameters come from the cmdlets. */

import { translator, type Text } from "../lib/i18n.svelte";

const en = {
  console: "Administration", overview: "Overview", all: "All cmdlets", navigation: "What to administer",
  chat: "Chat", service: "Service", records: "Records",
  rooms: "Rooms", categories: "Categories", addins: "Add-ins", hooks: "Webhooks", people: "People", bots: "Bots", groups: "Groups",
  roles: "Roles", policies: "Policies", sessions: "Sessions", endpoints: "Endpoints", pools: "Pools", states: "States of pools", domains: "SIP domains",
  configurations: "Configurations", compliance: "Compliance", audit: "Audit log",
  noRole: "You have no administrative role.", noRoleMore: "An administrator gives roles by their groups.", notThere: "Your roles do not allow that, or there is no such thing.",
  palette: "Find a cmdlet", paletteHint: "Name, or what it does", paletteNone: "No cmdlet fits.", paletteKey: "press /", run: "Run",
  filter: "Filter these", shown: "{n} of {all}", count: { one: "One entry", other: "{n} entries" }, loading: { one: "Loading… one so far", other: "Loading… {n} so far" }, none: "There is nothing here.",
  noneSo: "Nothing fits the filter.", noneSoMore: "Try another word.", refresh: "Load anew", newOne: "New", first: "Newest {n} only; narrow the search to see others.", narrow: "Search",
  change: "Change", remove: "Remove", back: "Back to the list", properties: "Properties", actions: "What can be done", goneOne: "It is not there any more.",
  try: "Try it", tryMore: "Says what would be done, and changes nothing.", doIt: "Do it", running: "Running…", stop: "Stop", close: "Close",
  removeSure: "Remove “{name}”? That cannot be taken back.", done: "Done", cut: "The connection ended before the run did: look whether it was done.",
  result: "Result", results: { one: "One object", other: "{n} objects" }, nothingOut: "It ran, and gave nothing back.", target: "Target",
  notSet: "not set", unchanged: "as it is", yes: "yes", no: "no", nobody: "nothing ($null)", addOne: "Add", addHint: "Enter adds it", toAdd: "Put in", toRemove: "Take out", removeOne: "Remove {name}",
  user: "User name", password: "Password", needed: "This must be filled in: {names}", starred: "* must be filled in", allFields: { one: "One more field", other: "{n} more fields" }, nothingChanged: "Nothing was changed.", copy: "Copy", copyOnce: "Secrets are shown this once.",
  sessionsNow: "Sessions", peopleNow: "People signed in", roomsOpen: "Rooms open", answer: "Answer time", version: "Version", certificate: "Certificate", certificateDays: { one: "expires in one day", other: "expires in {n} days" }, certificateOver: "expired", certificateNone: "not known", hooksNow: "Webhooks", hooksFailing: { one: "one fails", other: "{n} fail" }, hooksFine: "all work",
  auditChain: "Audit log", auditIntact: "intact, {n} entries", auditBroken: "broken at entry {n}", auditCheck: "Check now", auditChecking: "Checking…", lastMinutes: "since {at}", every: "Asked every {n} seconds while this page is visible; each time is an entry in the audit log.",
  plot: "{name}: now {now}, between {least} and {most} since {at}", poolState: "Pools", poolNormal: "normal", open: "Open",
} satisfies Record<string, Text>;

export type Key = keyof typeof en;

const de: Record<Key, Text> = {
  console: "Verwaltung", overview: "Übersicht", all: "Alle Cmdlets", navigation: "Was verwaltet wird",
  chat: "Chat", service: "Dienst", records: "Aufzeichnungen",
  rooms: "Räume", categories: "Kategorien", addins: "Add-ins", hooks: "Webhooks", people: "Personen", bots: "Bots", groups: "Gruppen",
  roles: "Rollen", policies: "Richtlinien", sessions: "Sitzungen", endpoints: "Endpunkte", pools: "Pools", states: "Zustände der Pools", domains: "SIP-Domänen",
  configurations: "Konfigurationen", compliance: "Compliance", audit: "Überwachungsprotokoll",
  noRole: "Sie haben keine Verwaltungsrolle.", noRoleMore: "Rollen vergibt, wer verwaltet, über ihre Gruppen.", notThere: "Ihre Rollen erlauben das nicht, oder es gibt das nicht.",
  palette: "Cmdlet suchen", paletteHint: "Name, oder was es tut", paletteNone: "Kein Cmdlet passt.", paletteKey: "Taste /", run: "Ausführen",
  filter: "Diese filtern", shown: "{n} von {all}", count: { one: "Ein Eintrag", other: "{n} Einträge" }, loading: { one: "Lädt… bisher einer", other: "Lädt… bisher {n}" }, none: "Hier ist nichts.",
  noneSo: "Nichts passt zum Filter.", noneSoMore: "Versuchen Sie ein anderes Wort.", refresh: "Neu laden", newOne: "Neu", first: "Nur die neuesten {n}; grenzen Sie die Suche ein, um andere zu sehen.", narrow: "Suchen",
  change: "Ändern", remove: "Entfernen", back: "Zurück zur Liste", properties: "Eigenschaften", actions: "Was sich tun lässt", goneOne: "Das ist nicht mehr da.",
  try: "Ausprobieren", tryMore: "Sagt, was geschehen würde, und ändert nichts.", doIt: "Tun", running: "Läuft…", stop: "Anhalten", close: "Schließen",
  removeSure: "„{name}“ entfernen? Das lässt sich nicht zurücknehmen.", done: "Erledigt", cut: "Die Verbindung endete vor dem Lauf: Sehen Sie nach, ob es geschehen ist.",
  result: "Ergebnis", results: { one: "Ein Objekt", other: "{n} Objekte" }, nothingOut: "Es lief und gab nichts zurück.", target: "Ziel",
  notSet: "nicht gesetzt", unchanged: "wie es ist", yes: "ja", no: "nein", nobody: "nichts ($null)", addOne: "Hinzufügen", addHint: "Die Eingabetaste fügt es hinzu", toAdd: "Aufnehmen", toRemove: "Herausnehmen", removeOne: "{name} entfernen",
  user: "Benutzername", password: "Kennwort", needed: "Das muss ausgefüllt werden: {names}", starred: "* muss ausgefüllt werden", allFields: { one: "Ein weiteres Feld", other: "{n} weitere Felder" }, nothingChanged: "Nichts wurde geändert.", copy: "Kopieren", copyOnce: "Geheimnisse werden nur dieses eine Mal gezeigt.",
  sessionsNow: "Sitzungen", peopleNow: "Angemeldete Personen", roomsOpen: "Offene Räume", answer: "Antwortzeit", version: "Version", certificate: "Zertifikat", certificateDays: { one: "läuft in einem Tag ab", other: "läuft in {n} Tagen ab" }, certificateOver: "abgelaufen", certificateNone: "nicht bekannt", hooksNow: "Webhooks", hooksFailing: { one: "einer scheitert", other: "{n} scheitern" }, hooksFine: "alle arbeiten",
  auditChain: "Überwachungsprotokoll", auditIntact: "unversehrt, {n} Einträge", auditBroken: "gebrochen bei Eintrag {n}", auditCheck: "Jetzt prüfen", auditChecking: "Wird geprüft…", lastMinutes: "seit {at}", every: "Wird alle {n} Sekunden gefragt, solange diese Seite zu sehen ist; jedes Mal ist ein Eintrag im Überwachungsprotokoll.",
  plot: "{name}: jetzt {now}, zwischen {least} und {most} seit {at}", poolState: "Pools", poolNormal: "normal", open: "Öffnen",
};

export const c = translator<Key>({ en, de });
