"""What can go wrong for a client."""

from dataclasses import dataclass


@dataclass
class ApiError(Exception):
    """The server refused.

    Attributes:
        status: HTTP status.
        name: name of the error, as docs/reference/errors.md has it; empty for a fault without one.
        detail: what happened, and what to do.
    """

    status: int
    name: str
    detail: str

    def __str__(self) -> str:
        return f"{self.name or self.status}: {self.detail}"


class ConnectionEnded(Exception):  # noqa: N818 - it need not be an error
    """The live connection is over.

    Args:
        code: why, as docs/reference/websocket.md has it; None if nothing was said.
        reason: the same in words.
    """

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(reason or f"code {code}")
        self.code = code
        self.reason = reason
