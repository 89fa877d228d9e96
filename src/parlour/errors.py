"""The error registry: every error a user can meet, once, with what each surface makes of it.

Surfaces map (`category` for cmdlets, `sip`, `xccos` and `http` for the wires) and invent nothing. A text says what
happened and to what; `remedy` says what to do. Names are stable: scripts may rely on them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """PowerShell's error categories (System.Management.Automation.ErrorCategory) that Parlour uses."""

    NOT_SPECIFIED = "NotSpecified"
    INVALID_ARGUMENT = "InvalidArgument"
    INVALID_DATA = "InvalidData"
    INVALID_OPERATION = "InvalidOperation"
    LIMITS_EXCEEDED = "LimitsExceeded"
    NOT_IMPLEMENTED = "NotImplemented"
    OBJECT_NOT_FOUND = "ObjectNotFound"
    OPERATION_STOPPED = "OperationStopped"
    PARSER_ERROR = "ParserError"
    PERMISSION_DENIED = "PermissionDenied"
    RESOURCE_BUSY = "ResourceBusy"
    RESOURCE_EXISTS = "ResourceExists"
    RESOURCE_UNAVAILABLE = "ResourceUnavailable"
    SECURITY_ERROR = "SecurityError"
    AUTHENTICATION_ERROR = "AuthenticationError"


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row of the registry.

    Attributes:
        name: stable name, e.g. ``SipAddressTaken``.
        text: what happened, with ``{placeholders}`` filled from the error's details.
        remedy: what to do about it.
        category: PowerShell error category.
        sip: SIP status code.
        xccos: XCCOS response code (the numbers above 200 are Parlour's own: reference/xccos.md has no source).
        http: HTTP status code.
    """

    name: str
    text: str
    remedy: str
    category: Category
    sip: int
    xccos: int
    http: int


class ParlourError(Exception):
    """An error of the registry, with the details of this case.

    Args:
        kind: the row of the registry.
        target: what it happened to, e.g. the SIP address typed; shown in error records.
        details: values for the placeholders of `kind.text`.
    """

    def __init__(self, kind: ErrorKind, target: object = None, **details: object) -> None:
        self.kind = kind
        self.target = target
        self.details = details
        super().__init__(str(self))

    def __str__(self) -> str:
        return f"{self.kind.text.format(**self.details)} {self.kind.remedy}".rstrip()


REGISTRY: dict[str, ErrorKind] = {}


def _row(
    name: str, category: Category, sip: int, xccos: int, http: int, text: str, remedy: str = ""
) -> ErrorKind:
    if name in REGISTRY:
        raise ValueError(f"error {name} is registered twice")
    kind = ErrorKind(name, text, remedy, category, sip, xccos, http)
    REGISTRY[name] = kind
    return kind


C = Category

# --- names and addresses -------------------------------------------------------------------------------------
SIP_ADDRESS_INVALID = _row(
    "SipAddressInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    'The SIP address "{address}" is not valid: {reason}.',
    'Write it as "sip:name@domain".')
SIP_DOMAIN_UNKNOWN = _row(
    "SipDomainUnknown", C.INVALID_ARGUMENT, 400, 400, 422,
    'The domain of "{address}" is not a SIP domain of this deployment.',
    "Use one that Get-CsSipDomain lists, or add it with New-CsSipDomain.")
SIP_ADDRESS_TAKEN = _row(
    "SipAddressTaken", C.RESOURCE_EXISTS, 409, 409, 409,
    'The SIP address "{address}" already belongs to {owner}.',
    "Choose another address, or remove that one first.")
FQDN_INVALID = _row(
    "FqdnInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    '"{fqdn}" is not a fully qualified domain name: {reason}.',
    'Write it with its domain, e.g. "pool.example.com".')
DISTINGUISHED_NAME_INVALID = _row(
    "DistinguishedNameInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    '"{name}" is not a distinguished name: {reason}.')

# --- directory and topology
POOL_UNKNOWN = _row(
    "PoolUnknown", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no Persistent Chat pool "{fqdn}".',
    "Use one that Get-CsPool lists.")
SIP_DOMAIN_EXISTS = _row(
    "SipDomainExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'The SIP domain "{domain}" exists already.')
SIP_DOMAIN_NOT_FOUND = _row(
    "SipDomainNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no SIP domain "{domain}".')
SIP_DOMAIN_IN_USE = _row(
    "SipDomainInUse", C.INVALID_OPERATION, 409, 409, 409,
    'The SIP domain "{domain}" cannot be removed: {reason}.')
SIP_DOMAIN_DEFAULT_NEEDED = _row(
    "SipDomainDefaultNeeded", C.INVALID_OPERATION, 400, 400, 422,
    'The SIP domain "{domain}" cannot be told not to be the default: there must be one.',
    "Make another one the default with -IsDefault $true.")
SYNTHETIC_FAILED = _row(
    "SyntheticTransactionFailed", C.RESOURCE_UNAVAILABLE, 503, 503, 503,
    'The test of {fqdn} failed at the step "{step}": {error} {diagnosis}')
POOL_EXISTS = _row(
    "PoolExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'The pool "{fqdn}" exists already.')
POOL_IN_USE = _row(
    "PoolInUse", C.INVALID_OPERATION, 409, 409, 409,
    'The pool "{fqdn}" cannot be removed: {reason}.')
SERVICE_NOT_FOUND = _row(
    "ServiceNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no service "{identity}".',
    "Use one that Get-CsService lists.")
SERVICE_IDENTITY_INVALID = _row(
    "ServiceIdentityInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    '"{identity}" is not the identity of a Persistent Chat service.',
    "Write it as PersistentChatServer:FQDN.")
SERVER_UNKNOWN = _row(
    "ServerUnknown", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'The pool "{pool}" has no server "{server}".',
    "Use one of the computers that Get-CsPool shows.")
ACTIVE_SERVERS_TOO_MANY = _row(
    "ActiveServersTooMany", C.LIMITS_EXCEEDED, 400, 400, 422,
    "A pool may have at most {most} active servers; these are {count}.")
ENDPOINT_NOT_FOUND = _row(
    "PersistentChatEndpointNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no Persistent Chat endpoint "{identity}".',
    "Give its SIP address, display name or distinguished name, as Get-CsPersistentChatEndpoint shows them.")
ENDPOINT_AMBIGUOUS = _row(
    "PersistentChatEndpointAmbiguous", C.INVALID_ARGUMENT, 409, 409, 409,
    'Several Persistent Chat endpoints are called "{identity}".',
    "Give the SIP address or the distinguished name instead.")
ENDPOINT_AUTOMATIC = _row(
    "PersistentChatEndpointAutomatic", C.INVALID_OPERATION, 403, 403, 409,
    'The endpoint "{identity}" belongs to the pool itself and stays as long as the pool does.')
DISPLAY_NAME_INVALID = _row(
    "DisplayNameInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The display name is not valid: {reason}.")
PERSON_NOT_FOUND = _row(
    "UserNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no user "{identity}".',
    "Give the SIP address as Get-CsUser shows it.")
PERSON_AMBIGUOUS = _row(
    "UserAmbiguous", C.INVALID_ARGUMENT, 409, 409, 409,
    'Several users are called "{identity}".',
    "Give the SIP address instead.")
PERSON_WROTE = _row(
    "UserWroteSomething", C.INVALID_OPERATION, 409, 409, 409,
    'Something that "{person}" wrote is still there, a message or a file, so he cannot be removed.',
    "Disable-CsUser keeps him out and leaves what he wrote under his name.")
CONTACT_NOT_FOUND = _row(
    "ContactNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no contact "{identity}".',
    "Contacts are users of other forests, and the built-in directory has none. Get-CsPersistentChatEndpoint lists "
    "endpoints.")
DIRECTORY_OBJECT_AMBIGUOUS = _row(
    "DirectoryObjectAmbiguous", C.INVALID_ARGUMENT, 409, 409, 409,
    'Several objects of the directory are called "{identity}".',
    "Give the distinguished name instead.")
CONTAINER_NOT_FOUND = _row(
    "ContainerNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'The directory has no container "{name}".',
    "Get-CsAdPrincipal lists the containers and domains that there are.")
PASSWORD_INVALID = _row(
    "PasswordInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The password is not usable: {reason}.")

FILTERS_EXCLUDE = _row(
    "FiltersExcludeEachOther", C.INVALID_ARGUMENT, 400, 400, 422,
    "-Filter and -LdapFilter cannot be used together.",
    "Use one of them.")
ROLE_NOT_FOUND = _row(
    "AdminRoleNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no role "{identity}".',
    "Use one that Get-CsAdminRole lists.")
ROLE_EXISTS = _row(
    "AdminRoleExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'There is a role "{identity}" already.',
    "Change it with Set-CsAdminRole.")
ROLE_GROUP_MISSING = _row(
    "AdminRoleGroupMissing", C.OBJECT_NOT_FOUND, 404, 404, 422,
    'There is no group "{identity}" for the role to belong to.',
    "Make it first with New-CsGroup; whoever is in it will have the role.")
ROLE_STANDARD = _row(
    "AdminRoleStandard", C.INVALID_OPERATION, 409, 409, 409,
    'The standard role "{identity}" {reason}.',
    "Make a role of your own from it: New-CsAdminRole -Template.")
ROLE_INVALID = _row(
    "AdminRoleInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    'The role "{identity}" cannot be like that: {reason}.',
    "Get-CsAdminRole shows what roles look like.")
ROLE_PROTECTED = _row(
    "AdminRoleProtected", C.PERMISSION_DENIED, 403, 403, 403,
    'Only a member of the role CsAdministrator may do this to "{what}": {reason}.',
    "Ask one of them.")
ROLE_GROUP_IN_USE = _row(
    "AdminRoleGroupInUse", C.INVALID_OPERATION, 409, 409, 409,
    'The group "{identity}" belongs to the role of that name.',
    "Take people out of it with Set-CsGroup, or remove the role first.")
OUT_OF_REACH = _row(
    "OutOfScope", C.PERMISSION_DENIED, 403, 403, 403,
    'Your roles do not reach "{what}".',
    "Get-CsAdminRole shows the scopes of your roles.")

# --- sign-in
SIGN_IN_REFUSED = _row(
    "SignInRefused", C.AUTHENTICATION_ERROR, 401, 403, 401,
    "The user name or the password is wrong, or the account may not sign in.",
    "After too many wrong passwords it may not for a while; an administrator can unlock it.")
SIGN_IN_TOO_OFTEN = _row(
    "SignInTooOften", C.LIMITS_EXCEEDED, 503, 503, 429,
    "The password was wrong too often; the next attempt counts in {seconds} seconds.")
SIGN_IN_NEEDED = _row(
    "SignInNeeded", C.AUTHENTICATION_ERROR, 401, 401, 401,
    "Nobody has signed in, or that was too long ago.",
    "Sign in, or send an access token (Bearer), or SIP address and password (HTTP Basic).")
SERVER_INVALID = _row(
    "ServerInvalid", C.INVALID_ARGUMENT, 400, 400, 400,
    'The node at "{server}" cannot be asked: {reason}.')
BENCH_FAILED = _row(
    "BenchFailed", C.OPERATION_STOPPED, 503, 503, 503,
    "The benchmark could not be carried out: {reason}.")
BODY_INVALID = _row(
    "RequestBodyInvalid", C.INVALID_ARGUMENT, 400, 400, 400,
    "The body of the request cannot be taken: {reason}.",
    "Send a JSON object as application/json.")
REQUEST_INVALID = _row(
    "RequestInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The request is not as it should be: {reason}.")
CHANGED_MEANWHILE = _row(
    "ChangedMeanwhile", C.INVALID_OPERATION, 409, 409, 412,
    "Somebody has changed {what} meanwhile.",
    "Read it again, then change what you wanted to change.")
BODY_TOO_LARGE = _row(
    "RequestBodyTooLarge", C.LIMITS_EXCEEDED, 413, 413, 413,
    "The body of the request is longer than {limit} bytes.")
BODY_TOO_SLOW = _row(
    "RequestBodyTooSlow", C.LIMITS_EXCEEDED, 408, 408, 408,
    "The body of the request took longer than {seconds} seconds.")
CSRF_NEEDED = _row(
    "CsrfNeeded", C.PERMISSION_DENIED, 403, 403, 403,
    "The request came with the cookie alone, which a page of anybody could have it sent with.",
    "Send the text `csrf` of the session as X-CSRF-Token.")
SCOPE_MISSING = _row(
    "ScopeMissing", C.PERMISSION_DENIED, 403, 403, 403,
    'This access token does not have the scope "{scope}".',
    "Make one that has it.")
TOKEN_REFUSED = _row(
    "TokenRefused", C.AUTHENTICATION_ERROR, 401, 401, 401,
    "The access token is unknown, has expired, or was revoked, or its owner may not sign in.")
TOKEN_INVALID = _row(
    "TokenInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "There can be no such access token: {reason}.")
TOKENS_TOO_MANY = _row(
    "TokensTooMany", C.LIMITS_EXCEEDED, 413, 413, 409,
    "{person} has {limit} access tokens already.",
    "Revoke one first.")
BEARER_NOT_FOUND = _row(
    "SignInNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no session and no access token of yours with the id "{id}".')
TOKEN_NOT_ENOUGH = _row(
    "TokenNotEnough", C.PERMISSION_DENIED, 403, 403, 403,
    "An access token does not do for this, whatever its scopes.",
    "Sign in with your password.")
CURRENT_PASSWORD_WRONG = _row(
    "CurrentPasswordWrong", C.PERMISSION_DENIED, 403, 403, 403,
    "That is not your present password. Nothing was changed.")
OIDC_UNAVAILABLE = _row(
    "OidcUnavailable", C.RESOURCE_UNAVAILABLE, 503, 503, 502,
    "{name} cannot be asked who you are: {reason}.",
    "Try again later, or sign in with your password.")
OIDC_REFUSED = _row(
    "OidcRefused", C.AUTHENTICATION_ERROR, 403, 403, 403,
    "{name} did not sign you in: {reason}.")
OIDC_STALE = _row(
    "OidcStale", C.AUTHENTICATION_ERROR, 400, 400, 400,
    "This sign-in began too long ago, in another browser, or was done already.",
    "Begin it anew.")
OIDC_ANSWER_INVALID = _row(
    "OidcAnswerInvalid", C.SECURITY_ERROR, 502, 502, 502,
    "The answer of the sign-in provider cannot be trusted: {reason}.",
    "An administrator has to look at that.")
OIDC_CLAIM_MISSING = _row(
    "OidcClaimMissing", C.AUTHENTICATION_ERROR, 403, 403, 403,
    '{name} does not tell "{claim}" of you, by which you would be known here.')
OIDC_EMAIL_UNVERIFIED = _row(
    "OidcEmailUnverified", C.AUTHENTICATION_ERROR, 403, 403, 403,
    '{name} has not verified that "{email}" is your address.')
OIDC_PERSON_UNKNOWN = _row(
    "OidcPersonUnknown", C.AUTHENTICATION_ERROR, 403, 403, 403,
    'You are "{address}" at {name}, and nobody here can sign in by that address.')
DIALOGS_TOO_MANY = _row(
    "DialogsTooMany", C.LIMITS_EXCEEDED, 503, 413, 429,
    "This connection has {limit} dialogs open already.",
    "End one of them first.")
SIGNATURE_INVALID = _row(
    "SignatureInvalid", C.SECURITY_ERROR, 401, 403, 401,
    "The message is not signed, or its signature is wrong.",
    "Sign in again.")
NOT_SIGNED_IN = _row(
    "NotSignedIn", C.AUTHENTICATION_ERROR, 401, 403, 401,
    "This connection is not signed in.")
NOT_YOUR_ADDRESS = _row(
    "NotYourAddress", C.PERMISSION_DENIED, 403, 403, 403,
    '"{address}" is not the address that this connection signed in as.')

# --- chat
ROOM_NOT_FOUND = _row(
    "ChatRoomNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no room "{identity}".')
ROOM_EXISTS = _row(
    "ChatRoomExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'The pool already has a room or category called "{name}".',
    "Choose another name.")
ROOM_NAME_INVALID = _row(
    "ChatRoomNameInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The {what} is not valid: {reason}.")
CATEGORY_NOT_FOUND = _row(
    "ChatCategoryNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no category "{identity}".',
    "Use one that Get-CsPersistentChatCategory lists.")
NAME_NEEDS_POOL = _row(
    "NameNeedsPool", C.INVALID_ARGUMENT, 400, 400, 422,
    'There is a "{identity}" in more than one pool.',
    "Write it as pool\\name.")
NOT_A_MEMBER = _row(
    "NotAMember", C.PERMISSION_DENIED, 403, 403, 403,
    'You are not a member of "{room}".',
    "Ask one of its managers.")
NOT_A_MANAGER = _row(
    "NotAManager", C.PERMISSION_DENIED, 403, 403, 403,
    'You are not a manager of "{room}".',
    "Ask one of them.")
NOT_A_CREATOR = _row(
    "NotACreator", C.PERMISSION_DENIED, 403, 403, 403,
    'You may not make rooms in "{room}".',
    "Ask an administrator.")
PRINCIPAL_NOT_FOUND = _row(
    "PrincipalNotProvisioned", C.OBJECT_NOT_FOUND, 404, 404, 422,
    'The directory knows no "{name}".',
    "Write a SIP address, or the distinguished name of a group (CN=...), a container (OU=...) or a domain (DC=...).")
PRINCIPAL_GONE = _row(
    "PrincipalGone", C.OBJECT_NOT_FOUND, 404, 404, 409,
    "Somebody in the list was removed from the directory meanwhile.",
    "Nothing was changed; try again.")
PRINCIPALS_NOT_IN_SCOPE = _row(
    "PrincipalsNotInScope", C.INVALID_OPERATION, 403, 403, 409,
    "The category does not allow: {names}.",
    "Allow them in the category first, or leave them out; -Force removes from the room who is not allowed.")
PRESENTERS_NOT_MEMBERS = _row(
    "PresenterNotInMemberList", C.INVALID_OPERATION, 409, 409, 409,
    "These presenters are not members of the room: {names}.",
    "Make them members first.")
PRESENTERS_NOT_NEEDED = _row(
    "PresentersOnNormalRoom", C.INVALID_OPERATION, 409, 409, 409,
    'The room "{room}" is Normal: it has no presenters.',
    "Make it an Auditorium, or leave them out.")
CATEGORY_EXISTS = _row(
    "ChatCategoryExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'The pool already has a room or category called "{name}".',
    "Choose another name.")
CATEGORY_NOT_EMPTY = _row(
    "ChatCategoryNotEmpty", C.INVALID_OPERATION, 409, 409, 409,
    'The category "{identity}" still has {count} rooms.',
    "Move or remove them first.")
CREATORS_NOT_IN_SCOPE = _row(
    "CreatorsNotInScope", C.INVALID_OPERATION, 409, 409, 409,
    "These creators are not among those allowed: {names}.",
    "Allow them first, or leave them out.")
GROUP_EXISTS = _row(
    "GroupExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'There is a group "{name}" already.',
    "Choose another name.")
ROOM_DISABLED = _row(
    "ChatRoomDisabled", C.PERMISSION_DENIED, 403, 403, 403,
    'The room "{room}" is switched off.')
NOT_A_PRESENTER = _row(
    "NotAPresenter", C.PERMISSION_DENIED, 403, 403, 403,
    'Only presenters may post in "{room}".')
NOT_JOINED = _row(
    "NotJoined", C.INVALID_OPERATION, 403, 403, 409,
    'You have not joined the room "{room}".',
    "Join it first.")
SESSION_CLOSED = _row(
    "SessionClosed", C.OPERATION_STOPPED, 481, 410, 410,
    "The session has ended.",
    "Sign in again.")
AUTHOR_FORGED = _row(
    "AuthorForged", C.SECURITY_ERROR, 403, 403, 403,
    'The message names "{author}" as its author, but you are signed in as "{person}".')
MESSAGE_EMPTY = _row(
    "MessageEmpty", C.INVALID_DATA, 400, 400, 422,
    "The message is empty.")
MESSAGE_INVALID = _row(
    "MessageInvalid", C.INVALID_DATA, 400, 400, 422,
    "The message is not text: it has halves of characters or zero bytes in it.")
ROOM_GONE = _row(
    "ChatRoomGone", C.OBJECT_NOT_FOUND, 404, 404, 404,
    "The room was removed meanwhile.")
ROOM_USED = _row(
    "ChatRoomUsed", C.INVALID_OPERATION, 409, 409, 409,
    "Somebody posted in the room meanwhile.")
MESSAGE_TOO_LONG = _row(
    "MessageTooLong", C.LIMITS_EXCEEDED, 413, 413, 413,
    "The message has {size} characters; the limit is {limit}.")
ONLY_ADMINISTRATORS_ENABLE = _row(
    "OnlyAdministratorsEnable", C.PERMISSION_DENIED, 403, 403, 403,
    'Only an administrator can switch the room "{room}" on again.',
    "Ask one.")
SEARCH_EMPTY = _row(
    "SearchEmpty", C.INVALID_ARGUMENT, 400, 400, 422,
    "The search names nothing to look for.",
    "Give words, authors or dates, and the rooms to look in.")
SEARCH_TOO_LARGE = _row(
    "SearchTooLarge", C.LIMITS_EXCEEDED, 413, 413, 413,
    "The search has {size} {what}; the limit is {limit}.")
SEARCH_INVALID = _row(
    "SearchInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The search is not valid: {reason}.")
SEARCHES_TOO_MANY = _row(
    "SearchesTooMany", C.LIMITS_EXCEEDED, 503, 503, 429,
    "{limit} of your searches are under way already.",
    "Wait for an answer before you search again.")
ADDIN_NOT_FOUND = _row(
    "ChatAddinNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no add-in "{identity}".',
    "Use one that Get-CsPersistentChatAddin lists.")
ADDIN_EXISTS = _row(
    "ChatAddinExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'The pool already has an add-in called "{name}".',
    "Choose another name.")
ADDIN_IN_USE = _row(
    "ChatAddinInUse", C.INVALID_OPERATION, 409, 409, 409,
    'The add-in "{identity}" is used by {count} rooms.',
    "Take it away from them first, or use -Force.")
ADDIN_URL_INVALID = _row(
    "ChatAddinUrlInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    '"{url}" is not an address for an add-in: it is an http or https address of at most {limit} characters.')
WEB_NOT_SERVED = _row(
    "WebNotServed", C.RESOURCE_UNAVAILABLE, 503, 503, 503,
    "This deployment has no web listener, so there are no files.",
    "An administrator sets one with parlour serve --web HOST:PORT.")
FILE_NAME_INVALID = _row(
    "FileNameInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The file cannot be called so: a name has at most {limit} characters, and none that means something in a path.")
FILE_NOT_FOUND = _row(
    "FileNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'The room has no file "{file}".')
FILES_NOT_ALLOWED = _row(
    "FilesNotAllowed", C.PERMISSION_DENIED, 403, 403, 403,
    'Files cannot be uploaded to "{room}".',
    "Ask an administrator to allow it in the category of the room.")
FILE_TOKEN_INVALID = _row(
    "FileTokenInvalid", C.PERMISSION_DENIED, 403, 403, 403,
    "This address was used already, or is too old.",
    "Ask for the file again.")
FILE_TOKENS_TOO_MANY = _row(
    "FileTokensTooMany", C.LIMITS_EXCEEDED, 503, 413, 429,
    "You asked for {limit} files that you have not transferred yet.",
    "Transfer them first, or wait half an hour.")
FILE_TOO_LARGE = _row(
    "FileTooLarge", C.LIMITS_EXCEEDED, 413, 413, 413,
    "The file is larger than {limit} KB.")
FEED_INVALID = _row(
    "FeedInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The feed cannot be kept: {reason}.")
FEED_NOT_FOUND = _row(
    "FeedNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'You have no feed "{name}".')
FOLLOWS_TOO_MANY = _row(
    "FollowsTooMany", C.LIMITS_EXCEEDED, 413, 413, 409,
    "You follow {limit} rooms already.",
    "Stop following one first.")
FEEDS_TOO_MANY = _row(
    "FeedsTooMany", C.LIMITS_EXCEEDED, 413, 413, 409,
    "You have {limit} feeds already.",
    "Remove one first.")
PREFERENCE_TOO_LARGE = _row(
    "PreferenceTooLarge", C.LIMITS_EXCEEDED, 413, 413, 413,
    "The preference cannot be kept: the limit is {limit}.")
REQUEST_NOT_NEEDED = _row(
    "RequestNotNeeded", C.INVALID_OPERATION, 409, 409, 409,
    'You may use the room "{room}" already.',
    "Just join it.")
REQUEST_NOT_FOUND = _row(
    "JoinRequestNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no such request to join the room "{room}".')
MEMBER_THROUGH_GROUP = _row(
    "MemberThroughGroup", C.INVALID_OPERATION, 409, 409, 409,
    'You belong to "{room}" not by yourself but so: {way}.',
    "Stop following the room, or ask who manages the group.")
NOT_FOLLOWING = _row(
    "NotFollowing", C.INVALID_OPERATION, 409, 409, 409,
    'You do not follow the room "{room}".',
    "Follow it first.")
KEY_USED = _row(
    "KeyUsed", C.INVALID_OPERATION, 409, 409, 422,
    "Another message was posted with this key before.",
    "Give every message a key of its own.")
HOOK_NOT_FOUND = _row(
    "HookNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no hook "{hook}".',
    "Use one that Get-CsPersistentChatHook lists.")
HOOK_AMBIGUOUS = _row(
    "HookAmbiguous", C.INVALID_ARGUMENT, 409, 409, 409,
    'Several hooks are called "{hook}".',
    "Give the identifier instead, as Get-CsPersistentChatHook shows it.")
HOOK_INVALID = _row(
    "HookInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The hook cannot be like that: {reason}.")
HOOK_EXISTS = _row(
    "HookExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'The room has a command "/{command}" already.',
    "Choose another name.")
HOOK_OFF = _row(
    "HookOff", C.INVALID_OPERATION, 403, 403, 409,
    'The hook "{hook}" is switched off, or its bot is.',
    "Whoever manages the room can switch it on again.")
HOOKS_TOO_MANY = _row(
    "HooksTooMany", C.LIMITS_EXCEEDED, 413, 413, 409,
    "The room has {limit} hooks already.",
    "Remove one of them first.")
HOOKS_TOO_OFTEN = _row(
    "HooksTooOften", C.LIMITS_EXCEEDED, 503, 503, 429,
    "These are more than {limit} in a minute; the next one counts in {seconds} seconds.")
HOOKS_BY_ADMINISTRATORS = _row(
    "HooksByAdministrators", C.PERMISSION_DENIED, 403, 403, 403,
    'In this deployment only administrators make hooks, also for "{room}".',
    "Ask one of them.")
COMMAND_UNKNOWN = _row(
    "CommandUnknown", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'This room has no command "/{command}".')
COMMAND_FAILED = _row(
    "CommandFailed", C.RESOURCE_UNAVAILABLE, 503, 503, 502,
    'The command "/{command}" did not work: {reason}.',
    "Tell whoever made it.")
BOT_NOT_FOUND = _row(
    "BotNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no bot "{identity}".',
    "Give the SIP address as Get-CsPersistentChatBot shows it.")
BOTS_TOO_MANY = _row(
    "BotsTooMany", C.LIMITS_EXCEEDED, 413, 413, 409,
    "You have {limit} bots already.",
    "Remove one of them, or use one of them for this.")
BOT_FOREIGN = _row(
    "BotForeign", C.PERMISSION_DENIED, 403, 403, 403,
    'The bot "{bot}" is not yours.',
    "Leave the bot out, and one is made for the hook.")
BOT_NO_PASSWORD = _row(
    "BotHasNoPassword", C.INVALID_OPERATION, 403, 403, 409,
    '"{bot}" is a bot: it has access tokens, and no password.',
    "Make a token with New-CsPersistentChatBotToken.")
PINS_TOO_MANY = _row(
    "PinsTooMany", C.LIMITS_EXCEEDED, 413, 413, 409,
    "The room has {limit} pinned messages already.",
    "Take another pin away first.")
MESSAGE_NOT_FOUND = _row(
    "MessageNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    "There is no message {number} in the room.")
NOT_THE_AUTHOR = _row(
    "NotTheAuthor", C.PERMISSION_DENIED, 403, 403, 403,
    "Message {number} is not yours.")
RTF_TOO_LONG = _row(
    "RichTextTooLong", C.LIMITS_EXCEEDED, 413, 413, 413,
    "The message has {size} characters of Rich Text; the limit is {limit}.")
STORY_TITLE_INVALID = _row(
    "StoryTitleInvalid", C.INVALID_DATA, 400, 400, 422,
    "The title of the story is not valid: {reason}.")
CHAT_NOT_ENABLED = _row(
    "ChatNotEnabled", C.PERMISSION_DENIED, 403, 403, 403,
    "You are not enabled for Persistent Chat.",
    "Ask an administrator.")
SCOPE_INVALID = _row(
    "ChatScopeInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    'The identity "{identity}" is not valid: {reason}.')
SITE_UNKNOWN = _row(
    "SiteUnknown", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no site "{site}".',
    "Use one that Get-CsPool shows.")
POLICY_NOT_FOUND = _row(
    "ChatPolicyNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no Persistent Chat policy "{identity}".',
    "Use one that Get-CsPersistentChatPolicy lists.")
POLICY_EXISTS = _row(
    "ChatPolicyExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'There is a Persistent Chat policy "{identity}" already.',
    "Change it with Set-CsPersistentChatPolicy.")
CONFIGURATION_NOT_FOUND = _row(
    "ChatConfigurationNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no Persistent Chat configuration "{identity}".',
    "Use one that Get-CsPersistentChatConfiguration lists.")
CONFIGURATION_EXISTS = _row(
    "ChatConfigurationExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'There is a Persistent Chat configuration "{identity}" already.',
    "Change it with Set-CsPersistentChatConfiguration.")
COMPLIANCE_NOT_FOUND = _row(
    "ComplianceConfigurationNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no compliance configuration "{identity}".',
    "Use one that Get-CsPersistentChatComplianceConfiguration lists.")
COMPLIANCE_EXISTS = _row(
    "ComplianceConfigurationExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'There is a compliance configuration "{identity}" already.',
    "Change it with Set-CsPersistentChatComplianceConfiguration.")
STORAGE_UNAVAILABLE = _row(
    "StorageUnavailable", C.RESOURCE_UNAVAILABLE, 503, 500, 503,
    "The message store cannot be written: {reason}.",
    "Nothing was changed; try again later.")

# --- export and import
EXPORT_INVALID = _row(
    "ExportInvalid", C.INVALID_DATA, 400, 400, 422,
    "The export cannot be read: {entry}: {reason}.",
    "Nothing was changed.")
EXPORT_TOO_LARGE = _row(
    "ExportTooLarge", C.LIMITS_EXCEEDED, 413, 413, 413,
    "The export has more than {limit} bytes, the most that -AsBytes gives.",
    "Have it written to a file with -FileName, or export less with -Level, -Scope or -StartDate.")
IMPORT_INCOMPLETE = _row(
    "ImportIncomplete", C.INVALID_DATA, 409, 409, 409,
    "Of what the export holds, {count} could not be imported.",
    "The warnings and the report (-Report) say what and why.")

# --- XCCOS
XML_INVALID = _row(
    "XmlInvalid", C.INVALID_DATA, 400, 400, 400,
    "The body is not acceptable XML: {reason}.")
XCCOS_INVALID = _row(
    "XccosInvalid", C.INVALID_DATA, 400, 400, 400,
    "The chat command is not understood: {reason}.")
XCCOS_UNKNOWN = _row(
    "XccosCommandUnknown", C.NOT_IMPLEMENTED, 501, 501, 501,
    'The chat command "{command}" is not supported.')

# --- deployment
DEPLOYMENT_EXISTS = _row(
    "DeploymentExists", C.RESOURCE_EXISTS, 409, 409, 409,
    'There is a deployment in "{folder}" already.',
    "Choose an empty folder, or serve that one.")
DEPLOYMENT_NOT_FOUND = _row(
    "DeploymentNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no deployment in "{folder}".',
    "Make one with: parlour init --data DIR --sip-domain DOMAIN --pool FQDN")
DEPLOYMENT_BUSY = _row(
    "DeploymentBusy", C.RESOURCE_BUSY, 503, 500, 503,
    'The deployment in "{folder}" is in use by another process.',
    "If a node is serving it, its commands reach it by themselves; otherwise wait until that process ends.")
SETTING_INVALID = _row(
    "SettingInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The setting {setting} is not valid: {reason}.")
DEPLOYMENT_KEY_WRONG = _row(
    "DeploymentKeyWrong", C.SECURITY_ERROR, 503, 500, 503,
    'The key in "{folder}" is not the one that this deployment was made with.',
    "Put deployment.key back from the backup that belongs to the database.")
LISTEN_FAILED = _row(
    "ListenFailed", C.RESOURCE_UNAVAILABLE, 503, 500, 503,
    "Cannot listen on {address}: {reason}.")

# --- audit
AUDIT_UNAVAILABLE = _row(
    "AuditUnavailable", C.RESOURCE_UNAVAILABLE, 503, 500, 503,
    "Nothing was run, because {command} cannot be recorded in the audit log: {reason}.",
    "Make room for the database, then try again.")
AUDIT_INCOMPLETE = _row(
    "AuditIncomplete", C.RESOURCE_UNAVAILABLE, 503, 500, 503,
    "What became of {command} could not be recorded in the audit log: {reason}.")
AUDIT_LOG_BROKEN = _row(
    "AuditLogBroken", C.SECURITY_ERROR, 500, 500, 500,
    "The audit log is not as it was written: {reason}.",
    "Compare it with a backup.")

# --- cmdlets -------------------------------------------------------------------------------------------------
COMMAND_NOT_FOUND = _row(
    "CommandNotFound", C.OBJECT_NOT_FOUND, 404, 404, 404,
    'There is no cmdlet named "{name}".',
    "Get-Command lists those you may use.")
PARAMETER_UNKNOWN = _row(
    "ParameterUnknown", C.INVALID_ARGUMENT, 400, 400, 422,
    'There is no parameter named "-{name}".{nearest}')
PARAMETER_AMBIGUOUS = _row(
    "ParameterAmbiguous", C.INVALID_ARGUMENT, 400, 400, 422,
    'The parameter name "-{name}" is ambiguous: it could be {candidates}.',
    "Write more of the name.")
PARAMETER_TWICE = _row(
    "ParameterTwice", C.INVALID_ARGUMENT, 400, 400, 422,
    'The parameter "-{name}" is given more than once.',
    "Give it once; write several values with commas between them.")
PARAMETER_VALUE_ABSENT = _row(
    "ParameterValueAbsent", C.INVALID_ARGUMENT, 400, 400, 422,
    'The parameter "-{name}" needs a value of type {type}, and none follows it.')
PARAMETER_VALUE_INVALID = _row(
    "ParameterValueInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    'The parameter "-{name}" cannot take the value "{value}": {reason}.')
PARAMETER_MISSING = _row(
    "ParameterMissing", C.INVALID_ARGUMENT, 400, 400, 422,
    "A required parameter is missing: {names}.")
PARAMETER_UNSUPPORTED = _row(
    "ParameterUnsupported", C.NOT_IMPLEMENTED, 501, 501, 422,
    'The parameter "-{name}" is not supported here: {reason}.',
    "Leave it out.")
PARAMETER_SET_UNRESOLVED = _row(
    "ParameterSetUnresolved", C.INVALID_ARGUMENT, 400, 400, 422,
    "{reason}.",
    "Get-Help shows which parameters go together.")
ARGUMENT_SURPLUS = _row(
    "ArgumentSurplus", C.INVALID_ARGUMENT, 400, 400, 422,
    'No parameter is left for the argument "{value}".',
    "Put the parameter name in front of it, and quotes around a value with blanks.")
INPUT_NOT_BOUND = _row(
    "InputNotBound", C.INVALID_ARGUMENT, 400, 400, 422,
    'The object "{value}" from the pipeline fits no parameter of {command}.')
SYNTAX_ERROR = _row(
    "SyntaxError", C.PARSER_ERROR, 400, 400, 400,
    "Line {line}, column {column}: {reason}.")
SYNTAX_REFUSED = _row(
    "SyntaxRefused", C.PARSER_ERROR, 400, 400, 400,
    'Line {line}, column {column}: {reason} is not part of this shell, at "{text}".',
    'It understands variables and pipelines of cmdlets with values and filters such as {$_.Name -like "A*"}.')
SYNTAX_LIMIT = _row(
    "SyntaxLimit", C.LIMITS_EXCEEDED, 413, 413, 413,
    "The text is {reason}.")
FILTER_INVALID = _row(
    "FilterInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    "The filter is not valid at column {column}: {reason}.")
PATTERN_INVALID = _row(
    "PatternInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    'The pattern "{pattern}" is not valid: {reason}.')
PATTERN_TOO_SLOW = _row(
    "PatternTooSlow", C.LIMITS_EXCEEDED, 400, 400, 422,
    'Matching the pattern "{pattern}" takes too long.',
    "Use a simpler pattern.")
COMPARISON_INVALID = _row(
    "ComparisonInvalid", C.INVALID_ARGUMENT, 400, 400, 422,
    'Nothing here can be compared with "{value}": {reason}.')
PROPERTY_NOT_FOUND = _row(
    "PropertyNotFound", C.OBJECT_NOT_FOUND, 404, 404, 422,
    'There is no property named "{name}" on the object.')
MEASURE_NOT_NUMERIC = _row(
    "MeasureNotNumeric", C.INVALID_DATA, 400, 400, 422,
    '"{value}" is not a number, so it cannot be added up.')
COLLECTION_TOO_LARGE = _row(
    "CollectionTooLarge", C.LIMITS_EXCEEDED, 413, 413, 413,
    "{command} has to hold all objects at once, and there are more than {limit}.",
    "Select fewer objects first.")
CANNOT_CONFIRM = _row(
    "CannotConfirm", C.INVALID_OPERATION, 403, 403, 409,
    "{action} asks for confirmation, and nobody can be asked here. Nothing was changed.",
    "Add -Confirm:$false if you are sure.")
TRIAL_IMPOSSIBLE = _row(
    "TrialImpossible", C.INVALID_OPERATION, 400, 400, 409,
    "{command} has no -WhatIf, so it is not run while $WhatIfPreference is $true.")
ORIGIN_FOREIGN = _row(
    "OriginForeign", C.PERMISSION_DENIED, 403, 403, 403,
    "A page of {origin} may not connect to this server.")
LIVE_TOO_MANY = _row(
    "LiveConnectionsTooMany", C.LIMITS_EXCEEDED, 503, 503, 429,
    "{person} has {limit} live connections already.",
    "Close some of them first.")
FRAME_INVALID = _row(
    "FrameInvalid", C.INVALID_DATA, 400, 400, 400,
    "This frame cannot be understood: {reason}.",
    "The forms are in docs/reference/websocket.md.")
EVALUATION_TOO_LONG = _row(
    "EvaluationTooLong", C.LIMITS_EXCEEDED, 413, 413, 413,
    "This takes longer than {limit} seconds for one object.",
    "Use a simpler expression, or fewer values at once.")
TEXT_TOO_LONG = _row(
    "TextTooLong", C.LIMITS_EXCEEDED, 413, 413, 413,
    "A text of more than {limit} characters is not made.")
NO_ROLE = _row(
    "NoRole", C.PERMISSION_DENIED, 403, 403, 403,
    "{person} has no role, so there is nothing to administer for him.",
    "An administrator gives roles by their groups: docs/how-to/roles.md.")
FILES_UNAVAILABLE = _row(
    "FilesUnavailable", C.NOT_IMPLEMENTED, 403, 403, 409,
    "{command} works with files of your machine, and from here there is no way to them.",
    "Run it in the shell on the machine of the node; for results, `| ConvertTo-Json` and `| ConvertTo-Csv` work here.")
FILE_FAILED = _row(
    "FileFailed", C.INVALID_OPERATION, 400, 400, 409,
    "{path}: {reason}.")
WARNING_STOPPED = _row(
    "WarningStopped", C.OPERATION_STOPPED, 500, 500, 409,
    "Stopped at a warning, as -WarningAction Stop asks: {warning}")
UNEXPECTED = _row(
    "Unexpected", C.NOT_SPECIFIED, 500, 500, 500,
    "Something went wrong inside Parlour (incident {incident}).",
    "The log has the details under that number.")

# --- SIP messages ----------------------------------------------------------------------------------------------
SIP_START_LINE_TOO_LONG = _row(
    "SipStartLineTooLong", C.LIMITS_EXCEEDED, 414, 400, 414,
    "The first line of the SIP message is longer than {limit} bytes.")
SIP_HEADER_TOO_LONG = _row(
    "SipHeaderTooLong", C.LIMITS_EXCEEDED, 513, 400, 431,
    "A header of the SIP message is longer than {limit} bytes.")
SIP_HEADERS_TOO_MANY = _row(
    "SipHeadersTooMany", C.LIMITS_EXCEEDED, 513, 400, 431,
    "The SIP message has more than {limit} headers.")
SIP_HEADERS_TOO_LARGE = _row(
    "SipHeadersTooLarge", C.LIMITS_EXCEEDED, 513, 400, 431,
    "The headers of the SIP message are longer than {limit} bytes together.")
SIP_BODY_TOO_LARGE = _row(
    "SipBodyTooLarge", C.LIMITS_EXCEEDED, 413, 400, 413,
    "The body of the SIP message has {size} bytes, more than the {limit} allowed.",
    "Send less at a time.")
SIP_MESSAGE_TOO_LARGE = _row(
    "SipMessageTooLarge", C.LIMITS_EXCEEDED, 513, 400, 413,
    "The SIP message has {size} bytes, more than the {limit} allowed.",
    "Send less at a time.")
SIP_NOT_SIP = _row(
    "SipNotSip", C.PARSER_ERROR, 400, 400, 400,
    "What was received is not SIP: its first line is {line!r}.",
    "Check that the client speaks SIP, and TLS on a TLS port only.")
SIP_START_LINE_INVALID = _row(
    "SipStartLineInvalid", C.PARSER_ERROR, 400, 400, 400,
    "The first line of the SIP message is not valid: {reason}.")
SIP_HEADER_INVALID = _row(
    "SipHeaderInvalid", C.PARSER_ERROR, 400, 400, 400,
    "The header {name} is not valid: {reason}.")
SIP_HEADER_MISSING = _row(
    "SipHeaderMissing", C.PARSER_ERROR, 400, 400, 400,
    "The header {name} is missing.")
SIP_HEADER_REPEATED = _row(
    "SipHeaderRepeated", C.PARSER_ERROR, 400, 400, 400,
    "The header {name} may occur only once.")
SIP_NOT_UTF8 = _row(
    "SipNotUtf8", C.PARSER_ERROR, 400, 400, 400,
    "The headers of the SIP message are not UTF-8.")
SIP_CONTENT_LENGTH_INVALID = _row(
    "SipContentLengthInvalid", C.PARSER_ERROR, 400, 400, 400,
    "The Content-Length of the SIP message is not valid: {reason}.")
SIP_MESSAGE_CUT_OFF = _row(
    "SipMessageCutOff", C.PARSER_ERROR, 400, 400, 400,
    "The SIP message ended before it was complete.")
SIP_URI_INVALID = _row(
    "SipUriInvalid", C.PARSER_ERROR, 400, 400, 422,
    'The SIP URI "{uri}" is not valid: {reason}.')
SIP_URI_SCHEME_UNSUPPORTED = _row(
    "SipUriSchemeUnsupported", C.INVALID_ARGUMENT, 416, 400, 422,
    'URIs of the scheme "{scheme}" are not served here.',
    'Use "sip:" or "sips:".')
SIP_VERSION_UNSUPPORTED = _row(
    "SipVersionUnsupported", C.NOT_IMPLEMENTED, 505, 400, 505,
    'The protocol version "{version}" is not spoken here.',
    "Use SIP/2.0.")
SIP_METHOD_NOT_ALLOWED = _row(
    "SipMethodNotAllowed", C.INVALID_OPERATION, 405, 405, 405,
    "The method {method} is not allowed here.")
SIP_METHOD_UNKNOWN = _row(
    "SipMethodUnknown", C.NOT_IMPLEMENTED, 501, 400, 501,
    "The method {method} is not known.")
SIP_EXTENSION_UNSUPPORTED = _row(
    "SipExtensionUnsupported", C.NOT_IMPLEMENTED, 420, 400, 501,
    "The SIP extension {extensions} is not supported.",
    "Send the request without requiring it.")
SIP_BODY_UNSUPPORTED = _row(
    "SipBodyUnsupported", C.INVALID_DATA, 415, 400, 415,
    "Bodies of the type {type} are not understood here.")
SIP_ANSWER_UNACCEPTABLE = _row(
    "SipAnswerUnacceptable", C.INVALID_ARGUMENT, 406, 400, 406,
    "Nothing that the request accepts can be produced here.")
SIP_MESSAGE_UNSAFE = _row(
    "SipMessageUnsafe", C.INVALID_DATA, 500, 500, 500,
    "A SIP message was not sent, because {where} contains a line break or is no valid name.")
SIP_TRANSACTIONS_TOO_MANY = _row(
    "SipTransactionsTooMany", C.RESOURCE_BUSY, 503, 500, 503,
    "More than {limit} requests of this connection wait for their answer.",
    "Wait for answers before sending more.")
SIP_TRANSACTION_ANSWERED = _row(
    "SipTransactionAnswered", C.INVALID_OPERATION, 500, 500, 500,
    "The request {method} {number} was already answered.")
SIP_TRANSACTION_UNKNOWN = _row(
    "SipTransactionUnknown", C.OBJECT_NOT_FOUND, 481, 404, 404,
    "There is no request {method} {number} to answer or to cancel.")
SIP_DIALOG_UNKNOWN = _row(
    "SipDialogUnknown", C.OBJECT_NOT_FOUND, 481, 404, 404,
    "This dialog does not exist, or has ended.")
SIP_DIALOG_OUT_OF_ORDER = _row(
    "SipDialogOutOfOrder", C.INVALID_OPERATION, 500, 500, 409,
    "The request number {number} is lower than one already received in this dialog.")
