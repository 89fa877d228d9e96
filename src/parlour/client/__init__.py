"""A client for the HTTP API and the live connection, in two forms: with and without asyncio.

What can be asked is defined once, in `parlour.client.calls` and `parlour.client.live`, and sent by either::

    from parlour.client import AsyncClient, Client, calls, live

    with Client("https://chat.example.com:8443", token="parlour_...") as parlour:
        for room in parlour.do(calls.rooms("gateway"))["rooms"]:
            parlour.do(calls.post(room["id"], "It is back.", key="gateway-17"))

    async with AsyncClient("https://chat.example.com:8443", token="parlour_...") as parlour:
        async with parlour.live() as connection:
            await connection.ask(live.watch())
            async for event in connection:
                print(event)
"""

from parlour.client import calls, live
from parlour.client.calls import Call
from parlour.client.cmdlets import Outcome
from parlour.client.connections import AsyncConnection, Connection
from parlour.client.errors import ApiError, ConnectionEnded
from parlour.client.http import AsyncClient, Client
from parlour.client.live import Ask

__all__ = ["ApiError", "Ask", "AsyncClient", "AsyncConnection", "Call", "Client", "Connection", "ConnectionEnded",
           "Outcome", "calls", "live"]
