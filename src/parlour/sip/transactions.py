"""Server transactions on reliable transports (RFC 3261 section 17.2, with RFC 6026), as a table.

On TCP and TLS nothing is sent twice, so timers G, I and J are zero. What remains of the others is one event, FORGET: at
most the last few answered transactions are remembered, and the oldest goes when another comes. Nothing waits for
an ACK to a refused INVITE, since some clients never send it.

A transaction is known by Call-ID, CSeq and From tag, not by the branch: pidgin-sipe sends none in dialogs.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import Enum, auto

from parlour.errors import (
    SIP_TRANSACTION_ANSWERED,
    SIP_TRANSACTION_UNKNOWN,
    SIP_TRANSACTIONS_TOO_MANY,
    ErrorKind,
    ParlourError,
)
from parlour.sip.message import Request, Response

REMEMBERED = 32
_KEPT_BODY = 4096  # bytes; an answer with more is forgotten at once, and its request would be handled again
# After these the same request comes again with credentials, under the same number (pidgin-sipe does so): it is new.
_ASKS_AGAIN = frozenset({401, 407})


class State(Enum):
    """Where a server transaction is. INVITE begins in INVITED, any other in TRYING."""

    INVITED = auto()  # "Proceeding" of the INVITE server transaction
    ACCEPTED = auto()  # RFC 6026: 2xx sent
    REFUSED = auto()  # "Completed" of the INVITE server transaction: 300 to 699 sent
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Event(Enum):
    """What happens to a server transaction."""

    REQUEST = auto()  # the same request again
    ACK = auto()
    CANCEL = auto()
    PROVISIONAL = auto()  # the application answers 1xx
    SUCCESS = auto()  # … 2xx
    FAILURE = auto()  # … 300 to 699
    FORGET = auto()  # room is needed, or the connection is gone


class Action(Enum):
    """What is done about it."""

    SEND = auto()  # the response may go out
    REFUSE = auto()  # the response must not: there was a final one
    REPEAT = auto()  # a duplicate; the last response, if any, may be sent again
    PASS_ON = auto()  # to the application
    ABSORB = auto()
    DROP = auto()


_S, _E, _A = State, Event, Action

# (state, event) -> (next state, action). ACK reaches only INVITE; CANCEL changes nothing by itself (section 9.2).
TABLE: dict[tuple[State, Event], tuple[State, Action]] = {
    (_S.INVITED, _E.REQUEST): (_S.INVITED, _A.REPEAT),
    (_S.INVITED, _E.ACK): (_S.INVITED, _A.PASS_ON),
    (_S.INVITED, _E.CANCEL): (_S.INVITED, _A.PASS_ON),
    (_S.INVITED, _E.PROVISIONAL): (_S.INVITED, _A.SEND),
    (_S.INVITED, _E.SUCCESS): (_S.ACCEPTED, _A.SEND),
    (_S.INVITED, _E.FAILURE): (_S.REFUSED, _A.SEND),
    (_S.INVITED, _E.FORGET): (_S.TERMINATED, _A.DROP),

    (_S.ACCEPTED, _E.REQUEST): (_S.ACCEPTED, _A.REPEAT),
    (_S.ACCEPTED, _E.ACK): (_S.ACCEPTED, _A.PASS_ON),
    (_S.ACCEPTED, _E.CANCEL): (_S.ACCEPTED, _A.ABSORB),
    (_S.ACCEPTED, _E.PROVISIONAL): (_S.ACCEPTED, _A.REFUSE),
    (_S.ACCEPTED, _E.SUCCESS): (_S.ACCEPTED, _A.REFUSE),
    (_S.ACCEPTED, _E.FAILURE): (_S.ACCEPTED, _A.REFUSE),
    (_S.ACCEPTED, _E.FORGET): (_S.TERMINATED, _A.DROP),

    (_S.REFUSED, _E.REQUEST): (_S.REFUSED, _A.REPEAT),
    (_S.REFUSED, _E.ACK): (_S.TERMINATED, _A.ABSORB),
    (_S.REFUSED, _E.CANCEL): (_S.REFUSED, _A.ABSORB),
    (_S.REFUSED, _E.PROVISIONAL): (_S.REFUSED, _A.REFUSE),
    (_S.REFUSED, _E.SUCCESS): (_S.REFUSED, _A.REFUSE),
    (_S.REFUSED, _E.FAILURE): (_S.REFUSED, _A.REFUSE),
    (_S.REFUSED, _E.FORGET): (_S.TERMINATED, _A.DROP),

    (_S.TRYING, _E.REQUEST): (_S.TRYING, _A.REPEAT),
    (_S.TRYING, _E.ACK): (_S.TRYING, _A.ABSORB),
    (_S.TRYING, _E.CANCEL): (_S.TRYING, _A.ABSORB),
    (_S.TRYING, _E.PROVISIONAL): (_S.PROCEEDING, _A.SEND),
    (_S.TRYING, _E.SUCCESS): (_S.COMPLETED, _A.SEND),
    (_S.TRYING, _E.FAILURE): (_S.COMPLETED, _A.SEND),
    (_S.TRYING, _E.FORGET): (_S.TERMINATED, _A.DROP),

    (_S.PROCEEDING, _E.REQUEST): (_S.PROCEEDING, _A.REPEAT),
    (_S.PROCEEDING, _E.ACK): (_S.PROCEEDING, _A.ABSORB),
    (_S.PROCEEDING, _E.CANCEL): (_S.PROCEEDING, _A.ABSORB),
    (_S.PROCEEDING, _E.PROVISIONAL): (_S.PROCEEDING, _A.SEND),
    (_S.PROCEEDING, _E.SUCCESS): (_S.COMPLETED, _A.SEND),
    (_S.PROCEEDING, _E.FAILURE): (_S.COMPLETED, _A.SEND),
    (_S.PROCEEDING, _E.FORGET): (_S.TERMINATED, _A.DROP),

    (_S.COMPLETED, _E.REQUEST): (_S.COMPLETED, _A.REPEAT),
    (_S.COMPLETED, _E.ACK): (_S.COMPLETED, _A.ABSORB),
    (_S.COMPLETED, _E.CANCEL): (_S.COMPLETED, _A.ABSORB),
    (_S.COMPLETED, _E.PROVISIONAL): (_S.COMPLETED, _A.REFUSE),
    (_S.COMPLETED, _E.SUCCESS): (_S.COMPLETED, _A.REFUSE),
    (_S.COMPLETED, _E.FAILURE): (_S.COMPLETED, _A.REFUSE),
    (_S.COMPLETED, _E.FORGET): (_S.TERMINATED, _A.DROP),

    # Nobody meets a terminated transaction; the rows make the table whole.
    (_S.TERMINATED, _E.REQUEST): (_S.TERMINATED, _A.PASS_ON),
    (_S.TERMINATED, _E.ACK): (_S.TERMINATED, _A.PASS_ON),
    (_S.TERMINATED, _E.CANCEL): (_S.TERMINATED, _A.ABSORB),
    (_S.TERMINATED, _E.PROVISIONAL): (_S.TERMINATED, _A.REFUSE),
    (_S.TERMINATED, _E.SUCCESS): (_S.TERMINATED, _A.REFUSE),
    (_S.TERMINATED, _E.FAILURE): (_S.TERMINATED, _A.REFUSE),
    (_S.TERMINATED, _E.FORGET): (_S.TERMINATED, _A.DROP),
}
_PENDING = frozenset({State.INVITED, State.TRYING, State.PROCEEDING})


class Kind(Enum):
    """What a received request is to the transactions."""

    FRESH = auto()  # handle it, and answer it once
    DUPLICATE = auto()  # already seen: `Receipt.answer` is what was sent, or None while that is nothing
    ACK = auto()  # for the dialog; never answered
    ACK_ABSORBED = auto()  # ends a refused INVITE; nobody's business
    CANCEL = auto()  # of the pending INVITE in `Receipt.invite`: answer 200 to it, and 487 to the INVITE
    CANCEL_LATE = auto()  # of something that was answered: answer 200 to it, and that is all
    CANCEL_UNKNOWN = auto()  # of nothing: answer 481


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a received request is, and what belongs to it."""

    kind: Kind
    answer: bytes | None = None
    invite: Request | None = None


Key = tuple[str, int, str, str | None]


@dataclass(slots=True)
class _Transaction:
    # While an INVITE is unanswered, without its body: what a CANCEL needs, and no more is kept.
    invite: Request | None
    state: State
    answer: bytes | None = None


class ServerTransactions:
    """The server transactions of one connection; bounded memory.

    Args:
        max_pending: how many requests may wait for their final answer.
        remembered: how many answered ones are kept to recognise duplicates.
    """

    def __init__(self, max_pending: int = 256, remembered: int = REMEMBERED) -> None:
        self._max_pending = max_pending
        self._remembered = remembered
        self._pending: dict[Key, _Transaction] = {}
        self._answered: OrderedDict[Key, _Transaction] = OrderedDict()

    @property
    def pending(self) -> int:
        """How many requests wait for their final answer."""
        return len(self._pending)

    def receive(self, request: Request) -> Receipt:
        """Take a request that `check_request` let pass.

        Raises:
            ParlourError: SipTransactionsTooMany (503); the request may be answered, but not through `respond`.
        """
        if request.method == "ACK":
            return self._ack(request)
        key = _key(request)
        if known := self._find(key):
            self._move(key, known, Event.REQUEST)
            return Receipt(Kind.DUPLICATE, known.answer)
        if len(self._pending) >= self._max_pending:
            raise ParlourError(SIP_TRANSACTIONS_TOO_MANY, request.method, limit=self._max_pending)
        self._pending[key] = _begun(request)
        return self._cancel(request) if request.method == "CANCEL" else Receipt(Kind.FRESH)

    def respond(self, response: Response) -> bytes:
        """Note that a response goes out.

        Returns:
            What is to be sent.

        Raises:
            ParlourError: SipTransactionAnswered if there was a final one already, SipTransactionUnknown if there is
                no such request (or it was answered long ago). The response must not be sent then.
        """
        key = _key(response)
        transaction = self._find(key)
        if transaction is None:
            raise _local(SIP_TRANSACTION_UNKNOWN, key)
        if self._move(key, transaction, _event(response)) is Action.REFUSE:
            raise _local(SIP_TRANSACTION_ANSWERED, key)
        transaction.answer = answer = response.to_bytes()
        if response.is_final:
            transaction.invite = None
        if response.status in _ASKS_AGAIN or len(response.body) > _KEPT_BODY:
            self._answered.pop(key, None)
        return answer

    def clear(self) -> None:
        """Forget everything: the connection is gone."""
        self._pending.clear()
        self._answered.clear()

    def _find(self, key: Key) -> _Transaction | None:
        return self._pending.get(key) or self._answered.get(key)

    def _move(self, key: Key, transaction: _Transaction, event: Event) -> Action:
        transaction.state, action = TABLE[transaction.state, event]
        if transaction.state is State.TERMINATED:
            self._pending.pop(key, None)
            self._answered.pop(key, None)
        elif transaction.state not in _PENDING and key in self._pending:
            self._answered[key] = self._pending.pop(key)
            self._trim()
        return action

    def _trim(self) -> None:
        while len(self._answered) > self._remembered:
            key, oldest = next(iter(self._answered.items()))
            self._move(key, oldest, Event.FORGET)

    def _ack(self, request: Request) -> Receipt:
        key = _key(request, "INVITE")
        known = self._find(key)
        if known is None:
            return Receipt(Kind.ACK)
        action = self._move(key, known, Event.ACK)
        return Receipt(Kind.ACK_ABSORBED if action is Action.ABSORB else Kind.ACK)

    def _cancel(self, request: Request) -> Receipt:
        key = _key(request, "INVITE")
        known = self._find(key)
        if known is None:
            return Receipt(Kind.CANCEL_UNKNOWN)
        action = self._move(key, known, Event.CANCEL)
        return Receipt(Kind.CANCEL if action is Action.PASS_ON else Kind.CANCEL_LATE, invite=known.invite)


def _begun(request: Request) -> _Transaction:
    if request.method != "INVITE":
        return _Transaction(None, State.TRYING)
    return _Transaction(replace(request, body=b""), State.INVITED)


def _key(message: Request | Response, method: str | None = None) -> Key:
    cseq = message.cseq
    return message.call_id, cseq.number, method or cseq.method, message.from_.tag


def _event(response: Response) -> Event:
    if not response.is_final:
        return Event.PROVISIONAL
    return Event.SUCCESS if response.status < 300 else Event.FAILURE


def _local(kind: ErrorKind, key: Key) -> ParlourError:
    return ParlourError(kind, key[2], method=key[2], number=key[1])
