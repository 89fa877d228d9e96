"""What the SIP door works with: put together in node.py, and the same for every connection."""

from dataclasses import dataclass
from functools import lru_cache

from parlour.addresses import SipAddress
from parlour.chat.core import Core
from parlour.clock import Clock
from parlour.directory.contacts import Contacts
from parlour.directory.lockout import Lockout
from parlour.directory.people import People
from parlour.directory.secrets import Vault
from parlour.errors import ParlourError
from parlour.lync.preferences import PreferenceStore
from parlour.lync.presence import PresenceStore
from parlour.lync.signin import SignInPolicy
from parlour.sip import SipUri, parse_uri

_MAX_CACHED = 512


@dataclass(frozen=True, slots=True)
class LyncSettings:
    """Times in seconds, unless another unit is named.

    Attributes:
        registration: how long a registration lasts without being renewed.
        session: how long a chat dialog lasts without being refreshed (Session-Expires).
        subscription: how long a subscription lasts.
        keep_alive: how often clients send a sign of life.
        grace: added to all of these before anything ends.
        max_pending: requests of one connection that may wait for their answer before it is not read any further.
        max_sign_in_failures: refused attempts after which a connection is closed.
        max_dialogs: chat dialogs that one connection may have open.
        post_rate: bytes of messages a second that one connection may post before it is read more slowly.
    """

    registration: int = 600
    session: int = 1800
    subscription: int = 37_800
    keep_alive: int = 120
    grace: int = 60
    max_pending: int = 200
    max_sign_in_failures: int = 3
    max_dialogs: int = 16
    post_rate: int = 1_048_576


@dataclass(slots=True)
class WebAddress:
    """Where others reach the web listener, once it is open; None without one."""

    base: str | None = None


@dataclass(frozen=True, slots=True)
class LyncServices:
    """The rest of the house, as the SIP door sees it.

    Attributes:
        host: fully qualified name of this server, as it calls itself in messages.
        web: where files are transferred.
        deployment_guid: identifies the deployment to clients.
    """

    core: Core
    people: People
    contacts: Contacts
    presence: PresenceStore
    preferences: PreferenceStore
    vault: Vault
    lockout: Lockout
    policy: SignInPolicy
    clock: Clock
    host: str
    deployment_guid: str
    web: WebAddress
    settings: LyncSettings


@lru_cache(maxsize=_MAX_CACHED)
def address_of(uri: str) -> SipAddress | None:
    """Return the ``user@domain`` part of a SIP URI without port and parameters; None if it has no such part."""
    try:
        parsed = parse_uri(uri)
        return SipAddress.parse(f"sip:{parsed.user}@{parsed.host}") if isinstance(parsed, SipUri) else None
    except ParlourError:
        return None
