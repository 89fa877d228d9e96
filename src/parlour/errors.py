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
