"""Signing in: every order of steps, and what each ends with."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.lync.lync_kit import ALICE, HOST, REALM, Client, make_client, offered, record, request

from parlour.directory.people import SignInRecord
from parlour.errors import ParlourError
from parlour.lync.signin import Admit, Ask, Scheme, SignInPolicy

STEPS = ["bare", "ask", "answer", "answer-old", "wrong", "digest", "digest-old"]
KNOWN = record()


def policy(*schemes: Scheme) -> SignInPolicy:
    return SignInPolicy("litwareinc.com", HOST, frozenset(schemes))


def client(known: SignInRecord | None = KNOWN, *, secure: bool = True, only: tuple[Scheme, ...] = ()) -> Client:
    return make_client(secure=secure, known=known, policy=policy(*(only or Scheme)))


def refused(call: Callable[[], object]) -> bool:
    with pytest.raises(ParlourError) as fault:
        call()
    return fault.value.kind.name == "SignInRefused"


# -- what is offered


@pytest.mark.parametrize(("secure", "only", "known", "status", "schemes"), [
    (True, (), True, 401, ["NTLM", "Digest"]), (False, (), True, 401, ["NTLM"]),
    (True, (), False, 401, ["NTLM", "Digest"]), (True, (Scheme.NTLM,), True, 401, ["NTLM"]),
    (True, (Scheme.DIGEST,), True, 407, ["Digest"]), (True, (Scheme.DIGEST,), False, 407, ["Digest"]),
])
def test_what_is_offered(secure: bool, only: tuple[Scheme, ...], known: bool, status: int, schemes: list[str]) -> None:
    ask = client(KNOWN if known else None, secure=secure, only=only).step()
    assert isinstance(ask, Ask)
    assert (ask.status, [value.partition(" ")[0] for _, value in ask.headers]) == (status, schemes)
    assert {name for name, _ in ask.headers} == {"WWW-Authenticate" if status == 401 else "Proxy-Authenticate"}


def test_who_may_not_use_ntlm_is_asked_for_digest() -> None:
    ask = client(record(ntlm=False)).step()
    assert isinstance(ask, Ask)
    assert ask.status == 407


def test_digest_alone_is_not_offered_without_tls() -> None:
    assert refused(client(secure=False, only=(Scheme.DIGEST,)).step)


def test_the_offer_is_written_as_clients_read_it() -> None:
    ask = client(only=(Scheme.NTLM,)).step()
    assert isinstance(ask, Ask)
    assert ask.headers == (("WWW-Authenticate", f'NTLM targetname="{HOST}", realm="{REALM}", version=4'),)


# -- NTLM


def test_the_handshake_admits() -> None:
    one = client()
    one.step()
    assert one.step(one.answer(one.ask_ntlm())) == Admit(ALICE)
    assert one.sign_in.person == ALICE
    assert one.sign_in.is_signed(one.signed(request("INFO")))
    assert not one.sign_in.is_signed(request("INFO"))


@pytest.mark.parametrize("login", ["alice", "ALICE@LITWAREINC.COM", "Alice@litwareinc.com"])
def test_the_login_may_be_written_in_several_ways(login: str) -> None:
    one = client()
    one.login = login
    assert one.step(one.answer(one.ask_ntlm())) == Admit(ALICE)


@pytest.mark.parametrize("known", [None, record(ntlm=False), record(password="other")])
def test_strangers_and_wrong_passwords_are_told_the_same(known: SignInRecord | None) -> None:
    one = client(known)
    answer = one.answer(one.ask_ntlm())
    with pytest.raises(ParlourError) as fault:
        one.step(answer)
    assert str(fault.value).startswith("The user name or the password is wrong, or the account may not sign in. ")
    assert one.sign_in.person is None


def test_a_stranger_with_the_hash_that_stands_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spnego._ntlm_raw.crypto.ntowfv1", lambda _: bytes(16))
    one = client(None)
    assert refused(lambda: one.step(one.answer(one.ask_ntlm())))


def test_the_answer_must_be_signed() -> None:
    one = client()
    assert refused(lambda: one.step(one.answer(one.ask_ntlm(), sign=False)))
    assert one.sign_in.person is None


def test_an_answer_counts_once() -> None:
    one = client()
    answer = one.answer(one.ask_ntlm())
    assert one.step(answer) == Admit(ALICE)
    assert refused(lambda: one.step(answer))
    assert one.sign_in.person == ALICE


def test_an_answer_to_an_earlier_challenge_is_refused() -> None:
    one = client()
    old = one.answer(one.ask_ntlm())
    one.ask_ntlm()
    assert refused(lambda: one.step(old))


def test_a_challenge_is_gone_after_a_wrong_answer() -> None:
    one = client()
    challenge = one.ask_ntlm()
    right, one.password = one.answer(challenge), "wrong"
    assert refused(lambda: one.step(one.answer(challenge)))
    assert refused(lambda: one.step(right))


@pytest.mark.parametrize("data", ["%%%", "é", "AAA", "AAAA"])
def test_a_token_that_is_none_is_refused(data: str) -> None:
    one = client()
    opaque = one.ask_ntlm().params["opaque"]
    value = one.ntlm(opaque=opaque, **{"gssapi-data": data})
    assert refused(lambda: one.step(("Authorization", value)))


def test_a_new_handshake_takes_the_place_of_the_old_one() -> None:
    one = client()
    one.step(one.answer(one.ask_ntlm()))
    before = one.sign_in.association
    one.cnum = 0
    assert one.step(one.answer(one.ask_ntlm())) == Admit(ALICE)
    assert one.sign_in.association is not before
    assert one.sign_in.is_signed(one.signed(request("INFO")))


# -- Digest


def test_digest_admits_and_needs_no_signatures() -> None:
    one = client()
    one.login = "Alice"
    assert one.step(one.digest(offered(one.step(), "Digest"))) == Admit(ALICE)
    assert one.sign_in.association is None
    assert one.sign_in.is_signed(request("INFO"))


def test_a_nonce_counts_once() -> None:
    one = client()
    one.login = "Alice"
    answer = one.digest(offered(one.step(), "Digest"))
    assert one.step(answer) == Admit(ALICE)
    assert refused(lambda: one.step(answer))


@pytest.mark.parametrize(("known", "login", "password"), [
    (None, "Alice", "Pa$$w0rd"), (KNOWN, "Alice", "wrong"), (KNOWN, "Bob", "Pa$$w0rd"), (KNOWN, "", "Pa$$w0rd"),
])
def test_digest_refuses_strangers_and_wrong_passwords(known: SignInRecord | None, login: str, password: str) -> None:
    one = client(known)
    one.login, one.password = login, password
    assert refused(lambda: one.step(one.digest(offered(one.step(), "Digest"))))


def test_digest_of_another_realm_is_refused() -> None:
    one = client()
    one.login = "Alice"
    challenge = offered(one.step(), "Digest")
    other = replace(challenge, params={**challenge.params, "realm": "elsewhere"})
    assert refused(lambda: one.step(one.digest(other)))


def test_a_scheme_that_was_not_offered_is_answered_with_the_offer() -> None:
    one = client(secure=False)
    assert isinstance(one.step(("Authorization", 'Digest response="x"')), Ask)
    assert isinstance(one.step(("Authorization", "Kerberos x=1")), Ask)
    only_digest = client(only=(Scheme.DIGEST,))
    assert isinstance(only_digest.step(("Authorization", only_digest.ntlm())), Ask)


# -- every order


class Walk:
    """A client that takes steps in any order; `expected` is what a naive reading of the rules says."""

    def __init__(self) -> None:
        self.client = client()
        self.client.login = "Alice"
        self.ntlm_open = self.digest_open = False
        self.old_answer = ("Authorization", self.client.ntlm(**{"gssapi-data": "AAAA", "opaque": "x"}))
        self.old_digest = ("Proxy-Authorization", 'Digest realm="SIP Communications Service", nonce="x"')
        self.challenge: object = None
        self.nonce: object = None

    def take(self, step: str) -> tuple[str, str]:
        """Take a step; return what came of it and what should have."""
        expected = self.expected(step)
        try:
            outcome = self.send(step)
        except ParlourError as fault:
            return fault.kind.name, expected
        return type(outcome).__name__, expected

    def expected(self, step: str) -> str:
        """Say what the step should lead to, and note what it uses up."""
        if step == "bare":
            self.digest_open = True
            return "Ask"
        if step == "ask":
            self.ntlm_open = True
            return "Ask"
        if step.startswith("digest"):
            right, self.digest_open = step == "digest" and self.digest_open, False
        else:
            right, self.ntlm_open = step == "answer" and self.ntlm_open, False
        return "Admit" if right else "SignInRefused"

    def send(self, step: str) -> object:
        """Send what the step means."""
        one = self.client
        match step:
            case "bare":
                outcome = one.step()
                self.nonce = offered(outcome, "Digest")
                return outcome
            case "ask":
                self.challenge = one.ask_ntlm()
                return Ask(401, ())
            case "digest" if self.nonce:
                self.old_digest = one.digest(self.nonce)  # type: ignore[arg-type]
                return one.step(self.old_digest)
            case "digest" | "digest-old":
                return one.step((self.old_digest[0], self.old_digest[1] + ', opaque="old"'))
            case "answer" | "wrong" if self.challenge:
                return self.answer(wrong=step == "wrong")
            case _:
                return one.step(self.old_answer)

    def answer(self, *, wrong: bool) -> object:
        """Answer the last challenge, rightly or not."""
        self.client.cnum, self.client.password = 0, "wrong" if wrong else "Pa$$w0rd"
        answer = self.client.answer(self.challenge)  # type: ignore[arg-type]
        self.client.password = "Pa$$w0rd"
        return self.client.step(answer)


@pytest.mark.parametrize("steps", list(itertools.product(STEPS, repeat=3)), ids="-".join)
def test_every_order_of_steps(steps: tuple[str, ...]) -> None:
    walk, admitted = Walk(), False
    for step in steps:
        outcome, expected = walk.take(step)
        assert outcome == expected, step
        admitted = admitted or outcome == "Admit"
        assert (walk.client.sign_in.person is not None) == admitted
