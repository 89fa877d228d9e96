/** What there is to administer: which cmdlet lists it, what of it stands in a table, and what can be done with one. */

import type { IconName } from "../components/icons";
import type { Key } from "./texts";

export interface Section {
  id: string;
  title: Key;
  group: "chat" | "people" | "service" | "records";
  icon: IconName;
  /** The cmdlet that lists them. */
  list: string;
  /** What it is given. */
  given?: Record<string, unknown>;
  /** Properties that stand in the table; the first is what one is called. */
  columns: readonly string[];
  /** The property that names one to cmdlets. */
  key?: string;
  /** The parameter of the list that takes that name; without it, -Identity. */
  asks?: string;
  make?: string;
  change?: string;
  remove?: string;
  /** Other cmdlets for one: their parameter that takes the name, if it is not -Identity. */
  more?: readonly { cmdlet: string; as?: string }[];
  /** The forms above what is listed: fields of the list's cmdlet that narrow it. */
  narrow?: readonly string[];
}

export const sections: readonly Section[] = [
  {
    id: "rooms", title: "rooms", group: "chat", icon: "room", list: "Get-CsPersistentChatRoom",
    columns: ["Name", "Category", "Privacy", "Type", "Disabled", "Description"],
    make: "New-CsPersistentChatRoom", change: "Set-CsPersistentChatRoom", remove: "Remove-CsPersistentChatRoom",
    more: [{ cmdlet: "Clear-CsPersistentChatRoom" }, { cmdlet: "Remove-CsPersistentChatMessage" },
      { cmdlet: "Get-CsPersistentChatAccess", as: "Room" }, { cmdlet: "New-CsPersistentChatHook", as: "Room" }],
  },
  {
    id: "categories", title: "categories", group: "chat", icon: "story", list: "Get-CsPersistentChatCategory",
    columns: ["Name", "NumberOfChatRooms", "Invites", "FileUpload", "ChatHistory", "Description"],
    make: "New-CsPersistentChatCategory", change: "Set-CsPersistentChatCategory", remove: "Remove-CsPersistentChatCategory",
  },
  {
    id: "addins", title: "addins", group: "chat", icon: "panel", list: "Get-CsPersistentChatAddin", columns: ["Name", "Url"],
    make: "New-CsPersistentChatAddin", change: "Set-CsPersistentChatAddin", remove: "Remove-CsPersistentChatAddin",
  },
  {
    id: "hooks", title: "hooks", group: "chat", icon: "link", list: "Get-CsPersistentChatHook",
    columns: ["Name", "Kind", "Room", "Bot", "Enabled", "Fault"],
    make: "New-CsPersistentChatHook", change: "Set-CsPersistentChatHook", remove: "Remove-CsPersistentChatHook",
  },
  {
    id: "people", title: "people", group: "people", icon: "person", list: "Get-CsUser",
    columns: ["DisplayName", "SipAddress", "Enabled", "LockedOut", "PersistentChatPolicy"],
    make: "New-CsUser", change: "Set-CsUser",
    more: [{ cmdlet: "Set-CsUserPassword" }, { cmdlet: "Unlock-CsUser" }, { cmdlet: "Disable-CsUser" }, { cmdlet: "Enable-CsUser" },
      { cmdlet: "Grant-CsPersistentChatPolicy" }, { cmdlet: "Get-CsAdminRoleAssignment" }, { cmdlet: "Get-CsPersistentChatAccess" }],
  },
  {
    id: "bots", title: "bots", group: "people", icon: "gear", list: "Get-CsPersistentChatBot",
    columns: ["DisplayName", "Identity", "Owner", "Enabled", "Description"],
    make: "New-CsPersistentChatBot", change: "Set-CsPersistentChatBot", remove: "Remove-CsPersistentChatBot",
    more: [{ cmdlet: "New-CsPersistentChatBotToken" }, { cmdlet: "Get-CsPersistentChatBotToken" },
      { cmdlet: "Remove-CsPersistentChatBotToken" }],
  },
  {
    id: "groups", title: "groups", group: "people", icon: "people", list: "Get-CsGroup", columns: ["Name", "Members"],
    make: "New-CsGroup", change: "Set-CsGroup", remove: "Remove-CsGroup",
  },
  {
    id: "roles", title: "roles", group: "people", icon: "key", list: "Get-CsAdminRole",
    columns: ["Identity", "IsStandardRole", "Cmdlets", "ConfigScopes", "UserScopes"],
    make: "New-CsAdminRole", change: "Set-CsAdminRole", remove: "Remove-CsAdminRole",
  },
  {
    id: "policies", title: "policies", group: "people", icon: "lock", list: "Get-CsPersistentChatPolicy",
    columns: ["Identity", "EnablePersistentChat", "Description"],
    make: "New-CsPersistentChatPolicy", change: "Set-CsPersistentChatPolicy", remove: "Remove-CsPersistentChatPolicy",
  },
  {
    id: "sessions", title: "sessions", group: "service", icon: "offline", list: "Get-CsPersistentChatSession",
    columns: ["DisplayName", "SipAddress", "Since", "Rooms"], key: "SipAddress",
  },
  {
    id: "endpoints", title: "endpoints", group: "service", icon: "globe", list: "Get-CsPersistentChatEndpoint",
    columns: ["DisplayName", "SipAddress", "PersistentChatPoolFqdn", "Enabled"],
    make: "New-CsPersistentChatEndpoint", remove: "Remove-CsPersistentChatEndpoint",
  },
  {
    id: "pools", title: "pools", group: "service", icon: "stage", list: "Get-CsPool", columns: ["Fqdn", "Site", "Computers"],
    make: "New-CsPool", remove: "Remove-CsPool",
  },
  {
    id: "states", title: "states", group: "service", icon: "check", list: "Get-CsPersistentChatState",
    columns: ["Identity", "PoolState"], change: "Set-CsPersistentChatState", more: [{ cmdlet: "Set-CsPersistentChatActiveServer" }],
  },
  {
    id: "domains", title: "domains", group: "service", icon: "at", list: "Get-CsSipDomain", columns: ["Name", "IsDefault"],
    make: "New-CsSipDomain", change: "Set-CsSipDomain", remove: "Remove-CsSipDomain",
  },
  {
    id: "configurations", title: "configurations", group: "service", icon: "edit", list: "Get-CsPersistentChatConfiguration",
    columns: ["Identity", "DefaultChatHistory", "MaxFileSizeKB", "ParticipantUpdateLimit", "RoomManagementUrl"],
    make: "New-CsPersistentChatConfiguration", change: "Set-CsPersistentChatConfiguration",
    remove: "Remove-CsPersistentChatConfiguration",
  },
  {
    id: "compliance", title: "compliance", group: "records", icon: "file", list: "Get-CsPersistentChatComplianceConfiguration",
    columns: ["Identity", "AdapterType", "AdapterName", "RunInterval"],
    make: "New-CsPersistentChatComplianceConfiguration", change: "Set-CsPersistentChatComplianceConfiguration",
    remove: "Remove-CsPersistentChatComplianceConfiguration",
  },
  {
    id: "audit", title: "audit", group: "records", icon: "calendar", list: "Get-CsAuditLog", given: { ResultSize: 1000 },
    columns: ["Date", "Person", "Cmdlet", "Outcome", "ErrorId", "Parameters"], key: "Number",
    narrow: ["Person", "Cmdlet", "Outcome", "StartDate", "EndDate"],
  },
];

export const groups = ["chat", "people", "service", "records"] as const;

/** Returns what names one of a section to cmdlets. */
export function keyOf(section: Section, row: Record<string, unknown>): string {
  return String(row[section.key ?? "Identity"] ?? "");
}
