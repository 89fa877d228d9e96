"""REGISTER: sign-in, its renewal, and sign-out (reference/sip-client-flow.md section 3)."""

import re
from base64 import urlsafe_b64encode
from uuid import UUID

import structlog

from parlour.addresses import SipAddress
from parlour.directory.lockout import Standing
from parlour.directory.people import sign_in_reading
from parlour.errors import NOT_YOUR_ADDRESS, SIGN_IN_REFUSED, ParlourError
from parlour.lync.endpoint import Endpoint
from parlour.lync.events import ALLOW_EVENTS
from parlour.lync.services import address_of
from parlour.lync.signin import Ask
from parlour.sip import CloseReason, Request, parse_name_addr

_log = structlog.get_logger(__name__)
_INSTANCE = re.compile(r'\+sip\.instance="<urn:uuid:([0-9A-Fa-f-]{36})>"', re.IGNORECASE)
_EXPIRES = re.compile(r"(?i);\s*expires=(\d{1,9})\s*(?:;|$)")
Item = tuple[str, str]


async def register(endpoint: Endpoint, request: Request) -> None:
    """Handle a REGISTER."""
    address, sender = address_of(request.to.uri), address_of(request.from_.uri)
    if address is None or sender is None or sender.key != address.key or _is_taken(endpoint, address):
        endpoint.fail(request, ParlourError(NOT_YOUR_ADDRESS, request.to.uri, address=request.to.uri))
        return
    sign_in = endpoint.sign_in
    if not sign_in.is_signed(request):
        lockout = endpoint.services.lockout
        standing, record = Standing(), None
        if not sign_in.asks_for_challenge(request):  # every challenge is alike
            standing, record = await lockout.standing_with(address, sign_in_reading(address))
        try:
            # Somebody whose account is locked is a stranger, whatever he answers.
            outcome = sign_in.step(request, address, None if standing.locked else record)
        except ParlourError as refusal:
            if sign_in.guessed:
                await lockout.failed(address)
            _refuse(endpoint, request, refusal)
            return
        if isinstance(outcome, Ask):
            endpoint.answer(request, outcome.status, headers=outcome.headers)
            return
        endpoint.forgive_failures()
        if standing.count:
            await lockout.forgive(address)
        # Read once more: whoever was disabled or got another password in between has no session to be ended yet.
        if await endpoint.services.people.sign_in_record(address) != record:
            endpoint.signed_out()
            _refuse(endpoint, request, ParlourError(SIGN_IN_REFUSED))
            return
        _log.info("lync.signed-in", peer=endpoint.conn.peer, person=str(outcome.person.address))
    if sign_in.person is None or not sign_in.person.enabled:
        _turn_away(endpoint, request)
    else:
        _bind(endpoint, request)


def _is_taken(endpoint: Endpoint, address: SipAddress) -> bool:
    """Say whether somebody else is signed in here: a connection and its dialogs are his until he signs out."""
    person = endpoint.sign_in.person
    return person is not None and person.address.key != address.key


def _refuse(endpoint: Endpoint, request: Request, refusal: ParlourError) -> None:
    """Answer 401 again: the client tells its user that the sign-in failed."""
    endpoint.answer(request, 401, headers=endpoint.sign_in.challenge(), error=refusal)
    endpoint.count_failure()


def _turn_away(endpoint: Endpoint, request: Request) -> None:
    """Tell somebody who proved who he is that his account may not sign in."""
    endpoint.answer(request, 403, error=ParlourError(SIGN_IN_REFUSED))
    endpoint.signed_out()
    endpoint.conn.close(CloseReason.REFUSED)


def _bind(endpoint: Endpoint, request: Request) -> None:
    settings = endpoint.services.settings
    asked = _expires(request)
    if asked == 0:
        endpoint.answer(request, 200, headers=[("Expires", "0")])
        endpoint.signed_out()
        return
    lifetime = settings.registration if asked is None else min(asked, settings.registration)
    endpoint.registered_until = endpoint.services.clock.monotonic() + lifetime + settings.grace
    endpoint.conn.admitted = True
    endpoint.answer(request, 200, headers=_welcome(endpoint, request, lifetime))


def _expires(request: Request) -> int | None:
    if (header := request.expires) is not None:
        return header
    match = _EXPIRES.search(request.headers.get("Contact") or "")
    return int(match[1]) if match else None


def _welcome(endpoint: Endpoint, request: Request, lifetime: int) -> list[Item]:
    """Return the headers of the 200; nearly each of them has to be just so (section 3.2)."""
    headers = [
        ("ms-keep-alive", f"UAS; tcp=no; hop-hop=yes; end-end=no; timeout={endpoint.services.settings.keep_alive}"),
        ("Expires", str(lifetime)),
        ("presence-state", 'register-action="added"'),
        ("Allow-Events", ALLOW_EVENTS),
        ("Supported", "msrtc-event-categories"),  # alone on its line
        ("Supported", "adhoclist"),
        ("Server", "RTC/5.0"),
    ]
    if (contact := request.headers.get("Contact")) and contact != "*":
        headers.insert(1, ("Contact", _binding(endpoint, contact, lifetime)))
    return headers


def _binding(endpoint: Endpoint, contact: str, lifetime: int) -> str:
    uri = parse_name_addr(contact, "Contact").uri
    binding = f"<{uri}>;expires={lifetime}"
    if match := _INSTANCE.search(contact):
        opaque = urlsafe_b64encode(UUID(match[1]).bytes_le).decode().rstrip("=")
        gruu = f"{endpoint.person.address};opaque=user:epid:{opaque}AAA;gruu"
        binding += f';+sip.instance="<urn:uuid:{match[1]}>";gruu="{gruu}"'
    return binding
