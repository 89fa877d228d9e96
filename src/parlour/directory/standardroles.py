"""The names of the eleven standard roles (reference/cmdlets.md section 4), and so of their groups."""

# Name and relative identifier: the last part of the role's security identifier.
STANDARD_ROLES: dict[str, int] = {
    "CsAdministrator": 1101,
    "CsArchivingAdministrator": 1102,
    "CsHelpDesk": 1103,
    "CsLocationAdministrator": 1104,
    "CsPersistentChatAdministrator": 1105,
    "CsResponseGroupAdministrator": 1106,
    "CsResponseGroupManager": 1107,
    "CsServerAdministrator": 1108,
    "CsUserAdministrator": 1109,
    "CsViewOnlyAdministrator": 1110,
    "CsVoiceAdministrator": 1111,
}
