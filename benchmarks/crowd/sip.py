"""Clients over SIP: signed in by NTLM over TCP, by Digest over TLS, and chatting in one dialog with the chat service.

They do what real ones do: every request of the server is answered, everything is signed after NTLM.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from spnego._ntlm_raw.crypto import ntowfv1

from benchmarks.crowd.board import MARK, MARK_LENGTH
from benchmarks.crowd.member import Done, Member, nothing
from benchmarks.crowd.ntlm import Signer
from benchmarks.crowd.world import PASSWORD
from parlour.sip import parse_auth, render_auth
from parlour.sipclient import digest, ntlm
from parlour.sipclient.xccos import channel_id, chat, command, envelope

SIGN_OF_LIFE: Final = b"\r\n\r\n"
_END = b"\r\n\r\n"
_LENGTH, _VIA, _CSEQ = b"\r\nContent-Length: ", b"\r\nVia: ", b"\r\nCSeq: "
_NUMBER = b' chatId="'
_CHALLENGE = re.compile(rb"\r\nWWW-Authenticate: (NTLM|Digest)( [^\r]*)")
_TO = re.compile(rb"\r\nTo: ([^\r]*;tag=([^;\r]*)[^\r]*)")
_CONTACT = re.compile(rb"\r\nContact: <([^>]*)>")
_SIGNED = re.compile(rb'\r\nAuthentication-Info: NTLM rspauth="([^"]*)", srand="([^"]*)", snum="([^"]*)"')
_CHECKED = 50  # of so many requests one has its signature checked: enough to notice wrong ones, and cheap
_SDP = ("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5061 sip null\r\n"
        "a=accept-types:text/plain\r\n")
_METHODS = "INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY"
_NT_HASH = ntowfv1(PASSWORD)

Step = Callable[[int, bytes], None]
"""Takes the final response to a request: its status and head."""


@dataclass(frozen=True, slots=True)
class Login:
    """A finished NTLM handshake: the keys, and how the server named it."""

    security: ntlm.Security
    signer: Signer
    realm: str
    target: str
    opaque: str


@dataclass(slots=True)
class Dialog:
    """The chat dialog, prepared for answering what the server sends in it.

    Attributes:
        target: the Request-URI of requests in it.
        remote_tag: the server's tag.
        answer: the fixed header lines of an answer, up to what is different in each.
        signed: the fixed parts of what the signature of an answer covers: before, between and after the numbers.
        number: of the last request.
    """

    target: str
    remote_tag: str
    answer: bytes
    signed: tuple[bytes, bytes, bytes]
    number: int = 1


class SipMember(Member):
    """A client with its connection, its registration and its chat dialog."""

    __slots__ = ("_answers", "_cnum", "_dialog", "_history", "_login", "_registered", "_step")

    def enter(self, done: Done = nothing) -> None:
        """Connect, sign in, and open the chat dialog."""
        self._answers: list[bytes] = []
        self._cnum = 0
        self._registered = 0
        self._login: Login | None = None
        self._dialog: Dialog | None = None
        self._history: Sequence[int] = ()  # the rooms whose history is still to come
        self._step: Step = self._on_offer
        super().enter(done)

    def opened(self) -> None:
        """Ask how to sign in."""
        self._register()

    @property
    def uri(self) -> str:
        """The person's SIP URI."""
        return f"sip:{self.scene.world.people[self.person].address}"

    @property
    def _secure(self) -> bool:
        return self.scene.place.tls is not None

    @property
    def _tag(self) -> str:
        return f"t{self.index:x}"

    @property
    def _from(self) -> str:
        return f"<{self.uri}>;tag={self._tag};epid={self.index:012x}"

    @property
    def _contact(self) -> str:
        host, port = self.socket.getsockname()
        return f"<sip:{host}:{port};transport={'tls' if self._secure else 'tcp'};ms-opaque=d3470f2e1d>"

    # -- requests

    def _request(
        self, method: str, uri: str, call_id: str, number: int, to: str, to_tag: str = "", lines: str = "",
        body: bytes = b"", branch: str = "",
    ) -> None:
        """Send a request, signed if it must be."""
        host, port = self.socket.getsockname()
        tag = f";tag={to_tag}" if to_tag else ""
        if self._login is not None and "Authorization:" not in lines:
            lines = f"Authorization: {self._proof(self._login, method, call_id, number, to, to_tag)}\r\n{lines}"
        head = (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{'tls' if self._secure else 'tcp'} {host}:{port}{branch}\r\n"
            f"From: {self._from}\r\nTo: <{to}>{tag}\r\nMax-Forwards: 70\r\nCSeq: {number} {method}\r\n"
            f"User-Agent: Parlour crowd\r\nCall-ID: {call_id}\r\n{lines}Content-Length: {len(body)}\r\n\r\n")
        self.send(head.encode() + body)

    def _proof(self, login: Login, method: str, call_id: str, number: int, to: str, to_tag: str) -> str:
        """Return what signs a request."""
        self._cnum += 1
        text = (f"<NTLM><{self._crand}><{self._cnum}><{login.realm}><{login.target}><{call_id}><{number}><{method}>"
                f"<{self.uri}><{self._tag}><{to}><{to_tag}><><><>")
        return (f'NTLM qop="auth", opaque="{login.opaque}", realm="{login.realm}", targetname="{login.target}", '
                f'crand="{self._crand}", cnum="{self._cnum}", response="{login.signer.sign(text.encode()).decode()}"')

    @property
    def _crand(self) -> str:
        return f"{self.index:08x}"

    def _register(self, authorization: str = "") -> None:
        self._registered += 1
        instance = f"00000000-0000-4000-8000-{self.index:012x}"
        lines = (
            f'Contact: {self._contact};methods="{_METHODS}";proxy=replace;+sip.instance="<urn:uuid:{instance}>"\r\n'
            "Supported: gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence\r\n"
            f"Event: registration\r\nAllow-Events: presence\r\nms-keep-alive: UAC;hop-hop=yes\r\n{authorization}")
        domain = self.uri.rpartition("@")[2]
        self._request("REGISTER", f"sip:{domain}", self._registration, self._registered, self.uri, "", lines,
                      branch=f";branch=z9hG4bK{self.index:x}.{self._registered}")

    @property
    def _registration(self) -> str:
        return f"r{self.index:x}"

    def _inside(self, method: str, body: bytes = b"", number: int | None = None) -> int:
        """Send a request in the dialog; return its number."""
        dialog = self._dialog
        if dialog is None:
            raise RuntimeError(f"client {self.index} has no dialog")
        if number is None:
            number = dialog.number = dialog.number + 1
        self._request(method, dialog.target, f"c{self.index:x}", number, self.scene.world.service, dialog.remote_tag,
                      "Content-Type: text/plain\r\n" if body else "", body)
        return number

    # -- signing in

    def _on_offer(self, status: int, head: bytes) -> None:
        """Take what the server offers: Digest over TLS, NTLM over TCP."""
        offers = {scheme.decode(): parse_auth((scheme + rest).decode()).params
                  for scheme, rest in _CHALLENGE.findall(head)}
        wanted = "Digest" if self._secure else "NTLM"
        if status != 401 or wanted not in offers:
            self._fail(head)
        elif self._secure:
            self._step = self._on_registered
            login = self.uri.removeprefix("sip:")
            ha1 = _md5(f"{login}:{offers[wanted]['realm']}:{PASSWORD}")
            value = digest.credentials(
                offers[wanted], "REGISTER", login, ha1, f"sip:{login.rpartition('@')[2]}")
            self._register(f"Authorization: {value}\r\n")
        else:
            self._step = self._on_challenge
            fields = {"qop": "auth", "realm": offers[wanted]["realm"], "targetname": offers[wanted]["targetname"],
                      "gssapi-data": "", "version": "4"}
            self._register(f"Authorization: {render_auth('NTLM', fields)}\r\n")

    def _on_challenge(self, status: int, head: bytes) -> None:
        found = _CHALLENGE.search(head)
        if status != 401 or found is None:
            self._fail(head)
            return
        given = parse_auth((found[1] + found[2]).decode()).params
        token, security = ntlm.authenticate(
            base64.b64decode(given["gssapi-data"]), self.uri.removeprefix("sip:"), _NT_HASH)
        self._login = Login(security, Signer(security), given["realm"], given["targetname"], given["opaque"])
        self._step = self._on_registered
        proof = self._proof(self._login, "REGISTER", self._registration, self._registered + 1, self.uri, "")
        self._register(
            f'Authorization: {proof}, gssapi-data="{base64.b64encode(token).decode()}", version=4\r\n')

    def _on_registered(self, status: int, head: bytes) -> None:
        if status != 200:
            self._fail(head)
            return
        self._step = self._on_invited
        self._request("INVITE", self.scene.world.service, f"c{self.index:x}", 1, self.scene.world.service, "",
                      f"Contact: {self._contact}\r\nSupported: ms-sender\r\nContent-Type: application/sdp\r\n",
                      _SDP.encode())

    def _on_invited(self, status: int, head: bytes) -> None:
        to, contact = _TO.search(head), _CONTACT.search(head)
        if status != 200 or to is None or contact is None:
            self._fail(head)
            return
        self._dialog = self._prepared(contact[1].decode(), to[1].decode(), to[2].decode())
        self._inside("ACK", number=1)
        self.is_ready = True
        self._step = self._fail_late
        self._finish()

    def _prepared(self, target: str, remote: str, remote_tag: str) -> Dialog:
        """Prepare the answers of a dialog: what is the same in all of them is put together here."""
        lines = f"From: {remote}\r\nTo: {self._from}\r\nCall-ID: c{self.index:x}\r\n"
        login, signed = self._login, (b"", b"", b"")
        if login is not None:
            lines += (f'Authorization: NTLM qop="auth", opaque="{login.opaque}", realm="{login.realm}", '
                      f'targetname="{login.target}", crand="{self._crand}", cnum="')
            signed = (f"<NTLM><{self._crand}><".encode(),
                      f"><{login.realm}><{login.target}><c{self.index:x}><".encode(),
                      f"><INFO><{self.scene.world.service}><{remote_tag}><{self.uri}><{self._tag}><><><><200>".encode())
        return Dialog(target, remote_tag, lines.encode(), signed)

    def _fail(self, head: bytes) -> None:
        self.scene.board.refuse(f"client {self.index}: {head[:400].decode()}")
        self.leave()

    def _fail_late(self, status: int, head: bytes) -> None:
        if status >= 300:
            self.scene.board.refuse(f"client {self.index}: {head[:400].decode()}")

    # -- what it does then

    def join(self, rooms: Sequence[int], done: Done = nothing) -> None:
        """Join rooms with one command."""
        self._done, self._asked = done, rooms
        places = "".join(channel_id(self.scene.world.rooms[room], key) for key, room in enumerate(rooms))
        self._command("join" if len(rooms) == 1 else "bjoin", places)

    def resume(self, rooms: Sequence[int], done: Done = nothing) -> None:
        """Join rooms, and ask for the newest messages of each, as such clients do."""
        self._history = rooms
        self.join(rooms, done)

    def _command(self, name: str, data: str) -> None:
        number = self._dialog.number if self._dialog else 0
        self._inside("INFO", envelope(number, command(name, data)))

    def post(self, room: int, text: str, due: int) -> None:
        """Post a message."""
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        uri = f"ma-chan://{self.scene.world.rooms[room]}"
        self._expect(self._inside("INFO", envelope(due % 2**32, chat(uri, self.uri, text, moment))), due)

    def renew(self) -> None:
        """Renew the registration."""
        self._register()

    def refresh(self) -> None:
        """Refresh the session."""
        self._inside("UPDATE")

    def keep_alive(self) -> None:
        """Give a sign of life."""
        self.send(SIGN_OF_LIFE)

    # -- in

    def take(self, data: bytes) -> bytes:
        """Take messages; all answers to them go out at once."""
        place, size = 0, len(data)
        while self.is_open:
            end = data.find(_END, place)
            if end < 0:
                break
            length = data.find(_LENGTH, place, end)
            stop = end + 4
            if length >= 0:
                length += len(_LENGTH)
                until = data.find(b"\r\n", length)
                stop += int(data[length:until])
            if stop > size:
                break
            if data.startswith(b"SIP/2.0 ", place):
                self._take_response(data[place:end + 4])
            else:
                self._take_request(data, place, end, stop)
            place = stop
        if self._answers:
            answers, self._answers = b"".join(self._answers), []
            if self.is_open:
                self.send(answers)
        return data[place:] if self.is_open else b""

    def _take_response(self, head: bytes) -> None:
        status = int(head[8:11])
        if status < 200:
            return
        if self.is_ready:
            cseq = head.index(_CSEQ) + len(_CSEQ)
            number, _, method = head[cseq:head.index(b"\r\n", cseq)].partition(b" ")
            if method == b"INFO" and self._acknowledged(int(number)) and status < 300:
                return
        self._step(status, head)

    def _take_request(self, data: bytes, start: int, end: int, stop: int) -> None:
        via = data.find(_VIA, start, end)
        via_end = data.find(b"\r\n", via + 2)
        cseq = data.find(_CSEQ, via_end, end) + len(_CSEQ)
        if not data.startswith(b"INFO ", start) or self._dialog is None:
            self.scene.board.refuse(f"client {self.index} got {data[start:end].decode()}")
            return
        self._answer(self._dialog, data[start:end], data[via:via_end], data[cseq:data.find(b" ", cseq)])
        kind = data.find(b">", end) + 1
        if data.startswith(b"<grpchat", kind):
            self._received(data, kind, stop)
        elif data.startswith(b"<rpl", kind):
            self._replied(data[kind:stop])
        else:
            self.scene.board.news += 1

    def _answer(self, dialog: Dialog, head: bytes, via: bytes, number: bytes) -> None:
        """Prepare the answer to a request, signed if it must be."""
        if self._login is None:
            self._answers.append(b"SIP/2.0 200 OK%b\r\n%bCSeq: %b INFO\r\nContent-Length: 0\r\n\r\n" % (
                via, dialog.answer, number))
            return
        self._cnum += 1
        before, between, after = dialog.signed
        if self._cnum % _CHECKED == 0:
            self._check(self._login, dialog, head, number)
        signature = self._login.signer.sign(b"%b%d%b%b%b" % (before, self._cnum, between, number, after))
        self._answers.append(
            b'SIP/2.0 200 OK%b\r\n%b%d", response="%b"\r\nCSeq: %b INFO\r\nContent-Length: 0\r\n\r\n' % (
                via, dialog.answer, self._cnum, signature, number))

    def _check(self, login: Login, dialog: Dialog, head: bytes, number: bytes) -> None:
        """See that the server has signed its request."""
        found = _SIGNED.search(head)
        response, rand, count = found.groups() if found else (b"", b"", b"")
        text = (f"<NTLM><{rand.decode()}><{count.decode()}><{login.realm}><{login.target}><c{self.index:x}>"
                f"<{number.decode()}><INFO><{self.scene.world.service}><{dialog.remote_tag}><{self.uri}><{self._tag}>"
                "<><><>")
        if response != Signer(login.security, "accept").sign(text.encode()):
            self.scene.board.refuse(f"client {self.index} got what is not signed: {head.decode()}")

    def _received(self, data: bytes, place: int, stop: int) -> None:
        number = data.find(_NUMBER, place, stop) + len(_NUMBER)
        mark = data.find(MARK, number, stop)
        if mark >= 0:
            self.scene.board.arrived(
                self.seen, data[mark + len(MARK):mark + MARK_LENGTH], int(data[number:data.index(b'"', number)]),
                self.loop.now)

    def _replied(self, reply: bytes) -> None:
        """Take the reply to a command."""
        if b'<resp code="200">' not in reply:
            self.scene.board.refuse(f"client {self.index}: {reply[:400].decode()}")
        elif b'"rpl:bccontext"' in reply:
            self._caught_up(reply)
        else:
            self._open_rooms(reply)

    def _open_rooms(self, reply: bytes) -> None:
        if reply.count(b"<chanib ") != len(self._asked):
            self.scene.board.refuse(f"client {self.index} did not get into all of its rooms")
        if self._history:
            self._ask_history()
        else:
            self._joined()

    def _ask_history(self) -> None:
        room = self.scene.world.rooms[self._history[0]]
        self._command("bccontext", f'<chanib uri="ma-chan://{room}"/><bcq><last cnt="25"/></bcq>')

    def _caught_up(self, reply: bytes) -> None:
        """Note where the first of the rooms stands, and ask for the next one."""
        room, self._history = self._history[0], self._history[1:]
        found = reply.rfind(_NUMBER) + len(_NUMBER)
        if found >= len(_NUMBER):
            newest = int(reply[found:reply.index(b'"', found)])
            self.seen[room] = max(self.seen.get(room, 0), newest)
        if self._history:
            self._ask_history()
        else:
            self._joined()


def _md5(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()
