"""Scopes: for whom or what a policy or configuration is made (reference/cmdlets.md section 1.3)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from parlour.chat.names import MAX_NAME, UNSHOWABLE, name_key
from parlour.errors import SCOPE_INVALID, ParlourError

_SERVICE = "PersistentChatServer:"
_LONGEST_NAME = MAX_NAME - len("Site:")


class ScopeKind(StrEnum):
    """For what a policy or configuration is made."""

    GLOBAL = "Global"
    SITE = "Site"
    SERVICE = "Service"
    TAG = "Tag"


POLICY_SCOPES = (ScopeKind.GLOBAL, ScopeKind.SITE, ScopeKind.TAG)
CONFIGURATION_SCOPES = (ScopeKind.GLOBAL, ScopeKind.SITE, ScopeKind.SERVICE)


@dataclass(frozen=True, slots=True)
class Scope:
    """The identity of a policy or configuration.

    Attributes:
        kind: for what it is made.
        name: that of the site, of the pool (its FQDN), or of a policy for people; nothing for Global.
    """

    kind: ScopeKind
    name: str = ""

    @classmethod
    def read(cls, identity: str) -> Self:
        """Read what `str` wrote."""
        kind, _, name = identity.partition(":")
        return cls(ScopeKind(kind), name.removeprefix(_SERVICE))

    def __str__(self) -> str:
        """Write it whole: ``Global``, ``Site:Redmond``, ``Service:PersistentChatServer:FQDN``, ``Tag:Sales``."""
        if self.kind is ScopeKind.GLOBAL:
            return str(self.kind)
        return f"{self.kind}:{_SERVICE if self.kind is ScopeKind.SERVICE else ''}{self.name}"

    @property
    def key(self) -> str:
        """The form by which identities are compared."""
        return name_key(str(self))

    @property
    def shown(self) -> str:
        """As administrators see and write it: a policy for people by its name alone."""
        return self.name if self.kind is ScopeKind.TAG else str(self)


GLOBAL = Scope(ScopeKind.GLOBAL)


def parse_scope(text: str, kinds: Collection[ScopeKind]) -> Scope:
    """Read an identity as administrators write it; a plain name is that of a policy for people.

    Args:
        text: e.g. ``global``, ``site:Redmond``, ``service:PersistentChatServer:FQDN``, ``Sales`` or ``tag:Sales``.
        kinds: what may be meant.

    Raises:
        ParlourError: ChatScopeInvalid.
    """
    before, colon, after = text.partition(":")
    word = before.strip().lower()
    if not colon:
        scope = GLOBAL if word == "global" else Scope(ScopeKind.TAG, text.strip())
    elif word in ("site", "service", "tag"):
        scope = _named(ScopeKind(word.capitalize()), after.strip(), text)
    else:
        raise _invalid(text, f'there is no scope "{before}"')
    if scope.kind not in kinds:
        known = ", ".join(kinds)
        raise _invalid(text, f"it is none of the scopes that there are here ({known})")
    if scope.kind is not ScopeKind.GLOBAL:
        _check_name(scope.name, text)
    return scope


def _named(kind: ScopeKind, name: str, text: str) -> Scope:
    if kind is not ScopeKind.SERVICE:
        return Scope(kind, name)
    if name[:len(_SERVICE)].lower() != _SERVICE.lower():
        raise _invalid(text, f"a service is written service:{_SERVICE}FQDN")
    return Scope(kind, name[len(_SERVICE):].lower())


def _check_name(name: str, text: str) -> None:
    if not name:
        raise _invalid(text, "the name is missing")
    if name.lower() == "global":
        raise _invalid(text, "Global is the name of a scope")
    if len(name) > _LONGEST_NAME or UNSHOWABLE.search(name):
        raise _invalid(text[:40], f"a name has at most {_LONGEST_NAME} characters, and no control characters")
    if set(name) & set(":*?[]"):
        raise _invalid(text, "a name has no colons and no wildcards in it")


def _invalid(text: str, reason: str) -> ParlourError:
    return ParlourError(SCOPE_INVALID, text, identity=text, reason=reason)
