"""Signatures on SIP messages (MS-SIPAE; reference/sip-client-flow.md section 4.2), protocol version 4."""

import hmac
import itertools
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from parlour.errors import ParlourError
from parlour.lync.ntlm import NtlmLogin
from parlour.sip import NameAddr, Request, Response, parse_auth, parse_name_addr, split_list

_NUMBER = re.compile("[0-9]{1,10}")


def string_to_sign(
    message: Request | Response, *, scheme: str, rand: str, num: str, realm: str, target: str
) -> str:
    """Return the text whose signature `message` carries: its identifying fields, each in angle brackets."""
    cseq, from_, to = message.cseq, message.from_, message.to
    fields = [scheme, rand, num, realm, target, message.call_id, str(cseq.number), cseq.method,
              from_.uri, from_.tag or "", to.uri, to.tag or "", *_asserted(message),
              message.headers.get("Expires") or ""]
    if isinstance(message, Response):
        fields.append(str(message.status))
    return "".join(f"<{value}>" for value in fields)


def _asserted(message: Request | Response) -> tuple[str, str]:
    value = message.headers.get("P-Asserted-Identity") or message.headers.get("P-Preferred-Identity")
    uris = [parse_name_addr(part).uri for part in split_list(value)] if value else []
    return (next((uri for uri in uris if uri.lower().startswith("sip:")), ""),
            next((uri for uri in uris if uri.lower().startswith("tel:")), ""))


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
        if not response.isascii() or not hmac.compare_digest(self.login.client.sign(text), response):
            return False
        self._last_cnum = int(num)
        return True

    def sign_response(self, response: Response) -> Response:
        """Return `response` with the server's signature; it must be final otherwise."""
        rand, num = self.next_number()
        text = string_to_sign(response, scheme="NTLM", rand=rand, num=num, realm=self.realm, target=self.target)
        return replace(response, headers=response.headers.prepended(
            "Authentication-Info", self.authentication_info(text, rand, num)))

    def request_signer(self, *, call_id: str, method: str, from_: NameAddr, to: NameAddr) -> "RequestSigner":
        """Return what signs the requests of one dialog, of which only the CSeq number changes."""
        return RequestSigner(
            self, f"<{self.realm}><{self.target}><{call_id}>",
            f"<{method}><{from_.uri}><{from_.tag or ''}><{to.uri}><{to.tag or ''}><><><>")

    def next_number(self) -> tuple[str, str]:
        """Return srand and snum for the next message of the server."""
        return secrets.token_hex(4).upper(), str(next(self._snum))

    def authentication_info(self, text: str, rand: str, num: str) -> str:
        """Return the header value that carries the signature of `text`."""
        return (f'NTLM rspauth="{self.login.server.sign(text)}", srand="{rand}", snum="{num}", '
                f'opaque="{self.opaque}", qop="auth", targetname="{self.target}", realm="{self.realm}"')


@dataclass(frozen=True, slots=True)
class RequestSigner:
    """Signs in-dialog requests without Expires and P-Asserted-Identity: what fan-out sends, so it is short."""

    association: SecurityAssociation
    before: str
    after: str

    def header_line(self, cseq: int) -> bytes:
        """Return the header line that signs the request numbered `cseq`."""
        association = self.association
        rand, num = association.next_number()
        text = f"<NTLM><{rand}><{num}>{self.before}<{cseq}>{self.after}"
        return f"Authentication-Info: {association.authentication_info(text, rand, num)}\r\n".encode()
