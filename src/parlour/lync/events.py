"""What clients subscribe to at sign-in, and the document each subscription starts with.

Each is answered in the 200 itself (``ms-piggyback-cseq``); see reference/sip-client-flow.md section 5.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from parlour.chat.model import Person
from parlour.lync.presence import Publication
from parlour.lync.xml import escape, escape_attribute

_PROVISIONING = "http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"
_ROAMING_SELF = "http://schemas.microsoft.com/2006/09/sip/roaming-self"
_CATEGORIES = "http://schemas.microsoft.com/2006/09/sip/categories"
_CONTAINERS = "http://schemas.microsoft.com/2006/09/sip/container-management"
_SUBSCRIBERS = "http://schemas.microsoft.com/2006/09/sip/presence-subscribers"


@dataclass(frozen=True, slots=True)
class Provisions:
    """What the documents are made of.

    Attributes:
        person: who subscribes.
        pool_uris: SIP addresses of the pools, the person's own first.
        publications: what he has published of his presence.
        enabled: he may use Persistent Chat.
        room_page: web page to manage rooms on, if there is one.
    """

    person: Person
    pool_uris: Sequence[str]
    publications: Sequence[Publication]
    enabled: bool = True
    room_page: str = ""


class Needs(Enum):
    """What has to be read for a document; the rest of `Provisions` is left empty."""

    NOTHING = auto()
    POOLS = auto()
    PUBLICATIONS = auto()


@dataclass(frozen=True, slots=True)
class EventPackage:
    """One kind of subscription: the type of its document, what makes it, and what that needs."""

    content_type: str
    document: Callable[[Provisions], str]
    needs: Needs


def provisioning(provisions: Provisions) -> str:
    """Tell the client whether there is Persistent Chat for this person, and where.

    Processing this starts group chat in the client, so nobody gets it twice (reference/sip-client-flow.md section 5).
    """
    properties = _chat_places(provisions) if provisions.enabled else {"EnablePersistentChat": "false"}
    entries = "".join(f'<property name="{name}">{escape(value)}</property>' for name, value in properties.items())
    return (f'<provisionGroupList xmlns="{_PROVISIONING}"><provisionGroup name="persistentChatConfiguration">'
            f"<propertyEntryList>{entries}</propertyEntryList></provisionGroup></provisionGroupList>")


def _chat_places(provisions: Provisions) -> dict[str, str]:
    page = provisions.room_page
    pages = {"PersistentChatWebManagerUriInt": page, "PersistentChatWebManagerUriExt": page} if page else {}
    return {
        "EnablePersistentChat": "true",
        "DefaultPersistentChatPoolUri": provisions.pool_uris[0],
        "PersistentChatPoolUris": " ".join(provisions.pool_uris),
        **pages,
    }


def contacts(_: Provisions) -> str:
    """Return the contact list: empty, in the one group that clients need."""
    return '<contactList deltaNum="1"><group id="1" name="~" externalURI=""/></contactList>'


def roaming_self(provisions: Provisions) -> str:
    """Return what the person's own endpoints have published."""
    published = "".join(map(_category, provisions.publications))
    uri = escape_attribute(provisions.person.address)
    return (f'<roamingData xmlns="{_ROAMING_SELF}"><categories xmlns="{_CATEGORIES}" uri="{uri}">{published}'
            f'</categories><containers xmlns="{_CONTAINERS}"/><subscribers xmlns="{_SUBSCRIBERS}"/></roamingData>')


def _category(publication: Publication) -> str:
    return (f'<category name="{escape_attribute(publication.category)}" instance="{publication.instance}"'
            f' container="{publication.container}" version="{publication.version}"'
            f' expireType="{escape_attribute(publication.expire_type)}">{publication.content}</category>')


PACKAGES: dict[str, EventPackage] = {
    "vnd-microsoft-provisioning-v2": EventPackage(
        "application/vnd-microsoft-roaming-provisioning-v2+xml", provisioning, Needs.POOLS),
    "vnd-microsoft-roaming-contacts": EventPackage(
        "application/vnd-microsoft-roaming-contacts+xml", contacts, Needs.NOTHING),
    "vnd-microsoft-roaming-self": EventPackage(
        "application/vnd-microsoft-roaming-self+xml", roaming_self, Needs.PUBLICATIONS),
}

# No blanks after the commas: the client would not find what stands behind them (section 3.2).
ALLOW_EVENTS = ",".join(PACKAGES)
