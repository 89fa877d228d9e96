"""Members who come into a room, a few at a time, and stay until the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, TypeVar

from parlour.bench.temporary import Account

_JOINING = 16  # at a time


class Staying(Protocol):
    """Somebody on a connection.

    Attributes:
        leaves: the connection is about to end.
    """

    leaves: bool

    async def stay(self) -> None:
        """Take what comes, until the connection ends. Errors: the connection's own, if nobody wanted it to."""
        ...


M = TypeVar("M", bound=Staying)


@asynccontextmanager
async def gathered(
    accounts: Sequence[Account], enter: Callable[[AsyncExitStack, Account], Awaitable[M]]
) -> AsyncIterator[Sequence[M]]:
    """Have a member for each account; they stay until the end.

    Args:
        accounts: whose.
        enter: has one come in; what has to be undone in the end goes onto the stack.

    Raises:
        Exception: whatever `enter` and `stay` raise.
    """
    turns = asyncio.Semaphore(_JOINING)

    async def in_turn(stack: AsyncExitStack, account: Account) -> M:
        async with turns:
            return await enter(stack, account)

    # They stay while they leave, too: a connection with something unread does not hear that the other side agrees.
    async with asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
        members = await asyncio.gather(*(in_turn(stack, account) for account in accounts))
        for member in members:
            tasks.create_task(member.stay())
        try:
            yield members
        finally:
            for member in members:
                member.leaves = True
