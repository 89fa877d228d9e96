"""What can go wrong for a client. It is no error of the registry: a client reports what a server, any server, did."""

from typing import TYPE_CHECKING, Final

from parlour.sip import Response

if TYPE_CHECKING:
    from parlour.sipclient.xccos import ChatEvent


_MOST: Final = 5  # violations that are kept
_LONGEST: Final = 300  # characters of one


class Violations(list[str]):
    """The first things that a server did wrongly, in words, each once: one that goes on and on fills no memory."""

    def append(self, what: str) -> None:
        """Keep one, if it is new and there are not enough."""
        if len(self) < _MOST and what[:_LONGEST] not in self:
            super().append(what[:_LONGEST])


class ClientError(Exception):
    """The server did not do what the client needed."""


class RefusedError(ClientError):
    """The server said no.

    Attributes:
        code: SIP status or XCCOS code.
        reason: its words.
        answer: the response or reply itself.
    """

    def __init__(self, what: str, code: int, reason: str, answer: "Response | ChatEvent") -> None:
        self.code = code
        self.reason = reason
        self.answer = answer
        super().__init__(f"{what}: {code} {reason}")


class ViolationError(ClientError):
    """The server did what real clients cannot live with."""


class ChallengeError(ClientError):
    """The server's CHALLENGE is one that real clients give up on."""


class LostError(ConnectionError):
    """The connection is gone."""
