"""Signatures on SIP messages (MS-SIPAE; reference/sip-client-flow.md section 4.2), protocol version 4."""

import hmac
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from parlour.errors import ParlourError
from parlour.lync.ntlm import NtlmLogin
from parlour.lync.randoms import random_digits
from parlour.sip import NameAddr, Request, Response, parse_auth, parse_name_addr, split_list

_MAX_CACHED = 512
_NUMBER = re.compile("[0-9]{1,10}")
_randoms = random_digits(8)


def string_to_sign(
    message: Request | Response, *, scheme: str, rand: str, num: str, realm: str, target: str
) -> bytes:
    """Return the text whose signature `message` carries: its identifying fields, each in angle brackets."""
    headers, cseq = message.headers, message.cseq
    parties = _parties(message.header("From"), message.header("To"))
    asserted = headers.get("P-Asserted-Identity") or headers.get("P-Preferred-Identity")
    status = f"<{message.status}>" if isinstance(message, Response) else ""
    return (f"<{scheme}><{rand}><{num}><{realm}><{target}><{message.call_id}><{cseq.number}><{cseq.method}>{parties}"
            f"{_identities(asserted) if asserted else '<><>'}<{headers.get('Expires') or ''}>{status}"
            ).encode("utf-8", "surrogateescape")


@lru_cache(maxsize=_MAX_CACHED)
def _parties(sender: str, receiver: str) -> str:
    """Return what of From and To is signed."""
    from_, to = parse_name_addr(sender, "From"), parse_name_addr(receiver, "To")
    return f"<{from_.uri}><{from_.tag or ''}><{to.uri}><{to.tag or ''}>"


def _identities(asserted: str) -> str:
    """Return what is signed of an asserted identity: the first SIP address, and the first telephone number."""
    uris = [parse_name_addr(part).uri for part in split_list(asserted)]
    sip = next((uri for uri in uris if uri.lower().startswith("sip:")), "")
    tel = next((uri for uri in uris if uri.lower().startswith("tel:")), "")
    return f"<{sip}><{tel}>"


@dataclass(slots=True)
class SecurityAssociation:
    """One finished NTLM handshake: it checks what the client signs and signs what the server sends.

    Attributes:
        login: the keys.
        opaque: the handshake's handle, echoed by both sides.
        realm: as offered.
        target: as offered (the server's name).
    """

    login: NtlmLogin
    opaque: str
    realm: str
    target: str
    _snum: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _last_cnum: int = 0

    def accepts(self, message: Request | Response) -> bool:
        """Check the client's signature on `message`; a number that was used before is refused."""
        try:
            return self._accepts(message)
        except ParlourError:
            return False  # a header that cannot be read cannot be signed

    def _accepts(self, message: Request | Response) -> bool:
        header = message.headers.get("Authorization")
        if header is None:
            return False
        given = parse_auth(header)
        rand, num = given.params.get("crand", ""), given.params.get("cnum", "")
        if given.scheme.upper() != "NTLM" or not _NUMBER.fullmatch(num) or int(num) <= self._last_cnum:
            return False
        text = string_to_sign(message, scheme="NTLM", rand=rand, num=num, realm=self.realm, target=self.target)
        response = given.params.get("response", "").upper()
        if not response.isascii() or not hmac.compare_digest(self.login.client.sign(text), response.encode()):
            return False
        self._last_cnum = int(num)
        return True

    def sign_response(self, response: Response) -> Response:
        """Return `response` with the server's signature; it must be final otherwise."""
        rand, num = next(_randoms), str(next(self._snum))
        text = string_to_sign(response, scheme="NTLM", rand=rand, num=num, realm=self.realm, target=self.target)
        value = (f'NTLM rspauth="{self.login.server.sign(text).decode()}", srand="{rand}", snum="{num}", '
                 + self.constants())
        headers = response.headers.prepended("Authentication-Info", value)
        return Response(response.status, response.reason, headers, response.body)

    def request_signer(self, *, call_id: str, method: str, from_: NameAddr, to: NameAddr) -> "RequestSigner":
        """Return what signs the requests of one dialog, of which only the CSeq number changes."""
        before = f"<{self.realm}><{self.target}><{call_id}>"
        after = f"<{method}><{from_.uri}><{from_.tag or ''}><{to.uri}><{to.tag or ''}><><><>"
        return RequestSigner(
            self, before.encode("utf-8", "surrogateescape"), after.encode("utf-8", "surrogateescape"),
            f"{self.constants()}\r\n".encode(), self.login.server.sign, self._snum)

    def constants(self) -> str:
        """Return what is the same in every signature's header."""
        return f'opaque="{self.opaque}", qop="auth", targetname="{self.target}", realm="{self.realm}"'


@dataclass(frozen=True, slots=True)
class RequestSigner:
    """Signs in-dialog requests without Expires and P-Asserted-Identity: what fan-out sends, so it is short."""

    association: SecurityAssociation
    before: bytes
    after: bytes
    constants: bytes
    sign: Callable[[bytes], bytes]
    numbers: Iterator[int]

    def header_line(self, cseq: int) -> bytes:
        """Return the header line that signs the request numbered `cseq`."""
        rand, num = next(_randoms).encode(), next(self.numbers)
        signature = self.sign(b"<NTLM><%b><%d>%b<%d>%b" % (rand, num, self.before, cseq, self.after))
        return b'Authentication-Info: NTLM rspauth="%b", srand="%b", snum="%d", %b' % (
            signature, rand, num, self.constants)
