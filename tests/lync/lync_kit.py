"""SIP messages and a client's side of signing in, for tests of single parts."""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from parlour.addresses import SipAddress
from parlour.chat.model import Person
from parlour.directory.people import SignInRecord
from parlour.directory.secrets import KEY_BYTES, Vault
from parlour.lync.signin import Ask, SignIn, SignInPolicy
from parlour.sip import AuthValue, Headers, Request, parse_auth, render_auth
from parlour.testing.digest import credentials
from parlour.testing.ntlm import Security, authenticate, string_to_sign

HOST, REALM = "stub.litwareinc.com", "SIP Communications Service"
PASSWORD = "Pa$$w0rd"
ALICE = Person(1, "guid-1", SipAddress("Alice", "litwareinc.com"), "Alice")
VAULT = Vault(bytes(KEY_BYTES))


def request(method: str = "REGISTER", *headers: tuple[str, str], number: int = 3) -> Request:
    """Make a request of Alice's."""
    return Request(method, "sip:litwareinc.com", Headers((
        ("Via", "SIP/2.0/TLS 127.0.0.1:1"), ("From", "<sip:alice@litwareinc.com>;tag=2262220015;epid=1ec4"),
        ("To", "<sip:alice@litwareinc.com>"), ("CSeq", f"{number} {method}"), ("Call-ID", "76FAg"), *headers)))


def record(person: Person = ALICE, password: str = PASSWORD, *, ntlm: bool = True) -> SignInRecord:
    """Return what the directory keeps of a person."""
    kept = VAULT.record(password, person.address, person.guid, ntlm=ntlm)
    return SignInRecord(person, kept.ntlm, kept.digest)


def offered(ask: object, scheme: str) -> AuthValue:
    """Return the challenge of this scheme from an answer."""
    assert isinstance(ask, Ask)
    (value,) = (parse_auth(value) for _, value in ask.headers if value.startswith(scheme))
    return value


@dataclass
class Client:
    """Alice's side of one connection."""

    sign_in: SignIn
    record: SignInRecord | None
    login: str = "alice@litwareinc.com"
    password: str = PASSWORD
    security: Security | None = None
    opaque: str = ""
    cnum: int = field(default=0)

    def step(self, *headers: tuple[str, str]) -> object:
        """Send a REGISTER with these headers."""
        return self.sign_in.step(request("REGISTER", *headers), ALICE.address, self.record)

    def ask_ntlm(self) -> AuthValue:
        """Begin an NTLM handshake and return the challenge."""
        return offered(self.step(("Authorization", self.ntlm(**{"gssapi-data": ""}))), "NTLM")

    def ntlm(self, **more: str) -> str:
        """Write NTLM credentials."""
        return render_auth("NTLM", {"qop": "auth", "realm": REALM, "targetname": HOST, **more})

    def answer(self, challenge: AuthValue, *, sign: bool = True) -> tuple[str, str]:
        """Return the header that answers a challenge."""
        self.opaque = challenge.params["opaque"]
        token, self.security = authenticate(b64decode(challenge.params["gssapi-data"]), self.login, self.password)
        given = {"opaque": self.opaque, "gssapi-data": b64encode(token).decode()}
        return "Authorization", self.ntlm(**given, **(self.signature(request()) if sign else {}))

    def signature(self, message: Request) -> dict[str, str]:
        """Return the parameters that sign `message`."""
        assert self.security is not None
        self.cnum += 1
        text = string_to_sign(message, "a8d20690", str(self.cnum), REALM, HOST)
        return {"crand": "a8d20690", "cnum": str(self.cnum), "response": self.security.client_signature(text)}

    def signed(self, message: Request) -> Request:
        """Return `message` with Alice's signature."""
        value = self.ntlm(opaque=self.opaque, **self.signature(message))
        return Request(message.method, message.uri, message.headers.with_("Authorization", value), message.body)

    def digest(self, challenge: AuthValue) -> tuple[str, str]:
        """Return the header that answers a Digest challenge."""
        value = credentials(challenge.params, "REGISTER", self.login, self.password)
        return "Proxy-Authorization", value


def make_client(
    *, secure: bool = True, known: SignInRecord | None = None, policy: SignInPolicy | None = None
) -> Client:
    """Connect Alice."""
    policy = policy or SignInPolicy("litwareinc.com", HOST)
    return Client(SignIn(policy, VAULT, secure=secure), known)
