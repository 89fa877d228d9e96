"""SUBSCRIBE and SERVICE: what clients fetch and publish around signing in (sip-client-flow.md section 5)."""

from parlour.errors import ParlourError
from parlour.lync.endpoint import Endpoint
from parlour.lync.events import ALLOW_EVENTS, PACKAGES, EventPackage, Needs, Provisions
from parlour.lync.presence import read_publications
from parlour.sip import Request, media_type

PUBLISH = "application/msrtc-category-publish+xml"
SET_CONTAINERS = "application/msrtc-setcontainermembers+xml"


async def subscribe(endpoint: Endpoint, request: Request) -> None:
    """Answer a subscription with its document; each lasts, but its document only changes with the next sign-in."""
    event = (request.headers.get("Event") or "").partition(";")[0].strip().lower()
    package = PACKAGES.get(event)
    if package is None:
        endpoint.answer(request, 489, headers=[("Allow-Events", ALLOW_EVENTS)])
        return
    document = package.document(await _provisions(endpoint, package.needs)).encode()
    endpoint.answer(request, 200, headers=_headers(endpoint, request, event, package), body=document)


def _headers(endpoint: Endpoint, request: Request, event: str, package: EventPackage) -> list[tuple[str, str]]:
    longest = endpoint.services.settings.subscription
    lifetime = longest if request.expires is None else min(request.expires, longest)
    state = f"active;expires={lifetime}" if lifetime else "terminated;expires=0"
    return [
        ("Contact", f"<{contact(endpoint)}>"),
        ("Event", event),
        ("Expires", str(lifetime)),
        ("subscription-state", state),
        ("ms-piggyback-cseq", "1"),
        ("Supported", "ms-benotify"),
        ("Supported", "ms-piggyback-first-notify"),
        ("Content-Type", package.content_type),
    ]


def contact(endpoint: Endpoint) -> str:
    """Return the URI at which this server is reached, for the Contact of what is not a chat."""
    transport = "tls" if endpoint.conn.is_tls else "tcp"
    return f"sip:{endpoint.services.host}:{endpoint.conn.local_address[1]};transport={transport}"


async def _provisions(endpoint: Endpoint, needs: Needs) -> Provisions:
    services, person = endpoint.services, endpoint.person
    own = await services.contacts.own_of_pools() if needs is Needs.POOLS else ()
    published = await services.presence.published(person) if needs is Needs.PUBLICATIONS else ()
    core = services.core
    return Provisions(person, [str(one.address) for one in own], published, core.policies.of(person).enabled,
                      core.configurations.home().room_management_url)


async def service(endpoint: Endpoint, request: Request) -> None:
    """Take a presence publication; container members are accepted, since nobody's presence is shown to others yet."""
    kind = media_type(request.headers.get("Content-Type") or "")
    if kind == SET_CONTAINERS:
        endpoint.answer(request, 200)
    elif kind == PUBLISH:
        await _publish(endpoint, request)
    else:
        endpoint.answer(request, 415, headers=[("Accept", f"{PUBLISH}, {SET_CONTAINERS}")])


async def _publish(endpoint: Endpoint, request: Request) -> None:
    try:
        await endpoint.services.presence.publish(endpoint.person, read_publications(request.body))
    except ParlourError as fault:
        endpoint.fail(request, fault)
    else:
        endpoint.answer(request, 200)
