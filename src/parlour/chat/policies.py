"""Who may use Persistent Chat, and how the service behaves: values, and which of them holds for whom.

A policy or configuration belongs to a scope; the closest scope that has one decides (reference/cmdlets.md sections
2.5 and 2.7).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from parlour.chat.names import UNSHOWABLE
from parlour.chat.scopes import GLOBAL, Scope, ScopeKind
from parlour.errors import SETTING_INVALID, ParlourError

_LONGEST_TEXT = 1024
_MOST_HISTORY = 500
_LARGEST_NUMBER = 2**32 - 1


@dataclass(frozen=True, slots=True)
class ChatPolicy:
    """Whether those whom it concerns may use Persistent Chat. Unlike the original's, the default lets them."""

    identity: Scope = GLOBAL
    enabled: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True)
class ChatConfiguration:
    """How the service behaves (reference/product.md section 2.1).

    Attributes:
        default_chat_history: messages delivered at once on joining.
        max_file_size_kb: largest file, in units of 1024 bytes.
        participant_update_limit: above so many participants, nobody is told who comes and goes.
        room_management_url: page to manage rooms on, instead of the built-in one.
    """

    identity: Scope = GLOBAL
    default_chat_history: int = 30
    max_file_size_kb: int = 20_000
    participant_update_limit: int = 75
    room_management_url: str = ""


def checked_policy(policy: ChatPolicy) -> ChatPolicy:
    """Return `policy` if it may be kept.

    Raises:
        ParlourError: SettingInvalid.
    """
    check_text("Description", policy.description)
    return policy


def checked_configuration(configuration: ChatConfiguration) -> ChatConfiguration:
    """Return `configuration` if it may be kept.

    Raises:
        ParlourError: SettingInvalid.
    """
    _check_number("DefaultChatHistory", configuration.default_chat_history, 1, _MOST_HISTORY)
    _check_number("MaxFileSizeKB", configuration.max_file_size_kb, 0, _LARGEST_NUMBER)
    _check_number("ParticipantUpdateLimit", configuration.participant_update_limit, 0, _LARGEST_NUMBER)
    url = configuration.room_management_url
    check_text("RoomManagementUrl", url)
    if url and (" " in url or not url.lower().startswith(("http://", "https://"))):
        raise ParlourError(SETTING_INVALID, url, setting="RoomManagementUrl", reason="it is no http or https address")
    return configuration


def _check_number(setting: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise ParlourError(SETTING_INVALID, number, setting=setting, reason=f"it must be from {least} to {most}")


def check_text(setting: str, text: str, most: int = _LONGEST_TEXT) -> None:
    """Raise SettingInvalid for a text of more than `most` characters, or with a control character in it."""
    if len(text) > most or UNSHOWABLE.search(text):
        raise ParlourError(
            SETTING_INVALID, text[:40], setting=setting,
            reason=f"it may have {most} characters, none of them a control character")


@dataclass(frozen=True, slots=True)
class ServiceBook:
    """Everything that is kept of policies and configurations, as of one moment.

    Attributes:
        policies: by the key of their scope.
        configurations: by the key of their scope.
        granted: names of policies for people, by the number of the person to whom one is granted.
        sites: the site of each pool, by FQDN; people are at home in the first pool.
    """

    policies: Mapping[str, ChatPolicy] = field(default_factory=dict)
    configurations: Mapping[str, ChatConfiguration] = field(default_factory=dict)
    granted: Mapping[int, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """The pool where people are at home."""
        return next(iter(self.sites), "")


def policy_of(book: ServiceBook, person_id: int) -> ChatPolicy:
    """Return the policy that holds for a person: his own, else that of the site of his pool, else the global one."""
    own = book.granted.get(person_id)
    scopes = [*([] if own is None else [Scope(ScopeKind.TAG, own)]), *_site_of(book.sites, book.home)]
    return closest(book.policies, scopes) or ChatPolicy()


def configuration_of(book: ServiceBook, pool: str) -> ChatConfiguration:
    """Return the configuration that holds for a pool: that of its service, else of its site, else the global one."""
    return closest(book.configurations, scopes_of_pool(book.sites, pool)) or ChatConfiguration()


def scopes_of_pool(sites: Mapping[str, str], pool: str) -> list[Scope]:
    """Return the scopes that decide for a pool, but Global: its service, then its site."""
    return [Scope(ScopeKind.SERVICE, pool), *_site_of(sites, pool)]


def _site_of(sites: Mapping[str, str], pool: str) -> list[Scope]:
    return [Scope(ScopeKind.SITE, sites[pool])] if pool in sites else []


T = TypeVar("T")


def closest(kept: Mapping[str, T], scopes: Iterable[Scope]) -> T | None:
    """Return what is kept for the first of these scopes that has something, and for Global after them."""
    keys = (scope.key for scope in (*scopes, GLOBAL))
    return next((kept[key] for key in keys if key in kept), None)
