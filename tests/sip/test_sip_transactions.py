"""Server transactions: the table, and the class that walks it."""

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.sip.samples import fault, request

from parlour.errors import (
    SIP_TRANSACTION_ANSWERED,
    SIP_TRANSACTION_UNKNOWN,
    SIP_TRANSACTIONS_TOO_MANY,
    ParlourError,
)
from parlour.sip import (
    TRANSACTION_TABLE,
    Action,
    Kind,
    Request,
    ServerTransactions,
    TransactionEvent,
    TransactionState,
    respond,
)

S, E, A = TransactionState, TransactionEvent, Action
FINAL = {S.ACCEPTED, S.REFUSED, S.COMPLETED, S.TERMINATED}
INVITE_STATES = {S.INVITED, S.ACCEPTED, S.REFUSED}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(S, E)))
def test_the_table_is_whole_and_keeps_the_rules(state: TransactionState, event: TransactionEvent) -> None:
    after, action = TRANSACTION_TABLE[state, event]
    if event is E.FORGET:
        assert (after, action) == (S.TERMINATED, A.DROP)
    if event in (E.PROVISIONAL, E.SUCCESS, E.FAILURE):
        assert action is (A.REFUSE if state in FINAL else A.SEND)
        assert (after in FINAL) is (state in FINAL or event is not E.PROVISIONAL)
    if event is E.REQUEST and state is not S.TERMINATED:
        assert (after, action) == (state, A.REPEAT)
    if event is E.CANCEL:
        assert after is state
        assert action is (A.PASS_ON if state is S.INVITED else A.ABSORB)
    if event is E.ACK:
        assert after is (S.TERMINATED if state is S.REFUSED else state)
        assert action is (A.PASS_ON if state in (S.INVITED, S.ACCEPTED, S.TERMINATED) else A.ABSORB)
    if after is not S.TERMINATED:
        assert (after in INVITE_STATES) is (state in INVITE_STATES)


def test_the_ways_of_an_invite() -> None:
    ours = ServerTransactions()
    invite = request("INVITE")
    assert ours.receive(invite).kind is Kind.FRESH
    trying, accepted = respond(invite, 100), respond(invite, 200)
    assert ours.respond(trying) == trying.to_bytes()
    assert ours.receive(invite).answer == trying.to_bytes()
    assert ours.pending == 1
    assert ours.respond(accepted) == accepted.to_bytes()
    assert ours.pending == 0
    duplicate = ours.receive(invite)
    assert duplicate.kind is Kind.DUPLICATE
    assert duplicate.answer == accepted.to_bytes()
    for _ in range(2):
        assert ours.receive(request("ACK")).kind is Kind.ACK


def test_the_ack_of_a_refusal_is_nobodys_business() -> None:
    ours = ServerTransactions()
    ours.receive(request("INVITE"))
    ours.respond(respond(request("INVITE"), 404))
    assert ours.receive(request("ACK")).kind is Kind.ACK_ABSORBED
    assert ours.receive(request("ACK")).kind is Kind.ACK


def test_an_ack_of_nothing_is_passed_on() -> None:
    assert ServerTransactions().receive(request("ACK")).kind is Kind.ACK


def test_cancel() -> None:
    ours = ServerTransactions()
    ours.receive(request("INVITE", body=b"v=0"))
    receipt = ours.receive(request("CANCEL"))
    assert receipt.kind is Kind.CANCEL
    assert receipt.invite == request("INVITE")  # its body is not kept
    assert ours.respond(respond(request("CANCEL"), 200))
    assert ours.respond(respond(request("INVITE"), 487))
    assert ours.receive(request("CANCEL")).kind is Kind.DUPLICATE


def test_late_cancels() -> None:
    ours = ServerTransactions()
    assert ours.receive(request("CANCEL")).kind is Kind.CANCEL_UNKNOWN
    ours.receive(request("INVITE", 2))
    ours.respond(respond(request("INVITE", 2), 200))
    receipt = ours.receive(request("CANCEL", 2))
    assert receipt.kind is Kind.CANCEL_LATE
    assert receipt.invite is None


def test_only_one_final_response() -> None:
    ours = ServerTransactions()
    ours.receive(request())
    ours.respond(respond(request(), 200))
    for status in (100, 200, 500):
        assert fault(ours.respond, respond(request(), status)) is SIP_TRANSACTION_ANSWERED


def test_no_response_to_nothing() -> None:
    assert fault(ServerTransactions().respond, respond(request(), 200)) is SIP_TRANSACTION_UNKNOWN


@pytest.mark.parametrize("other", [
    request(number=2), request("UPDATE"), request(call_id="c2"), request(from_tag="a2"), request(from_tag=None)])
def test_what_makes_a_transaction_another(other: Request) -> None:
    ours = ServerTransactions()
    ours.receive(request())
    assert ours.receive(other).kind is Kind.FRESH


@pytest.mark.parametrize("status", [401, 407])
def test_a_request_comes_again_with_credentials(status: int) -> None:
    ours = ServerTransactions()
    ours.receive(request())
    ours.respond(respond(request(), status))
    assert ours.receive(request()).kind is Kind.FRESH
    assert ours.respond(respond(request(), 200))


def test_waiting_requests_are_capped() -> None:
    ours = ServerTransactions(max_pending=2)
    ours.receive(request(number=1))
    ours.receive(request(number=2))
    assert fault(ours.receive, request(number=3)) is SIP_TRANSACTIONS_TOO_MANY
    assert ours.receive(request(number=2)).kind is Kind.DUPLICATE
    ours.respond(respond(request(number=1), 200))
    assert ours.receive(request(number=3)).kind is Kind.FRESH


def test_only_the_last_answers_are_remembered() -> None:
    ours = ServerTransactions(remembered=2)
    for number in (1, 2, 3):
        ours.receive(request(number=number))
        ours.respond(respond(request(number=number), 200))
    assert ours.receive(request(number=3)).kind is Kind.DUPLICATE
    assert ours.receive(request(number=1)).kind is Kind.FRESH


def test_clear() -> None:
    ours = ServerTransactions()
    ours.receive(request())
    ours.clear()
    assert ours.pending == 0
    assert ours.receive(request()).kind is Kind.FRESH


class Life(RuleBasedStateMachine):
    """Any order of requests and responses: memory stays bounded, and nothing but named errors comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.ours = ServerTransactions(max_pending=5, remembered=3)
        self.finals: dict[tuple[int, str], int] = {}

    @rule(number=st.integers(1, 9), method=st.sampled_from(["INVITE", "INFO", "ACK", "CANCEL"]))
    def receive(self, number: int, method: str) -> None:
        """A request arrives, for the first time or again."""
        try:
            kind = self.ours.receive(request(method, number)).kind
        except ParlourError as error:
            self.named(error)
            return
        if kind in (Kind.FRESH, Kind.CANCEL, Kind.CANCEL_LATE, Kind.CANCEL_UNKNOWN):
            self.finals[number, method] = 0

    @rule(number=st.integers(1, 9), method=st.sampled_from(["INVITE", "INFO", "CANCEL"]),
          status=st.sampled_from([100, 200, 404]))
    def respond(self, number: int, method: str, status: int) -> None:
        """The application answers, rightly or wrongly."""
        try:
            self.ours.respond(respond(request(method, number), status))
        except ParlourError as error:
            self.named(error)
            return
        self.finals[number, method] += status >= 200
        assert self.finals[number, method] <= 1

    def named(self, error: ParlourError) -> None:
        """Whatever was refused was refused with a name."""
        assert error.kind in (SIP_TRANSACTION_ANSWERED, SIP_TRANSACTION_UNKNOWN, SIP_TRANSACTIONS_TOO_MANY)

    @invariant()
    def bounded(self) -> None:
        """Memory has its limit."""
        assert self.ours.pending <= 5


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30)
