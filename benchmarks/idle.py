"""How much memory a client costs the server that does nothing but be there.

    python -m benchmarks.idle [--clients 2000] [--transport sip]

Clients sign in and open one room of 30 each, as the first of their people do; then the server's memory is read when it
does not change any more. What came before the first of them, and a hundred others to warm up, does not count.
"""

import argparse
from collections.abc import Sequence

from benchmarks.crowd.gathering import Transport, join, sign_in
from benchmarks.crowd.server import settled_memory
from benchmarks.crowd.stage import Result, crowd, scene_of, served, show, small_rooms

ROOM = 30
WARM_UP = 4 * ROOM
TARGETS = {Transport.TCP: 25.0, Transport.TLS: 60.0, Transport.WEBSOCKET: 30.0}  # KB


def measure(transport: Transport, clients: int) -> Result:
    """Return what a client costs over a transport."""
    rooms = (WARM_UP + clients + ROOM - 1) // ROOM
    with served(rooms * ROOM, small_rooms("Idle", rooms, ROOM)) as (world, server):
        scene = scene_of(world, server, transport)
        everybody = crowd(scene, transport, range(WARM_UP + clients))
        used: list[int] = []
        for members in (everybody[:WARM_UP], everybody[WARM_UP:]):
            sign_in(scene, members)
            join(scene, members, lambda member: (member.person // ROOM,))
            used.append(settled_memory(server.pid))
        return Result(transport, clients, "memory per client", "KB", (used[1] - used[0]) / clients / 1024,
                      TARGETS[transport])


def main(given: Sequence[str] | None = None) -> None:
    """Measure each transport with a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--transport", type=Transport, choices=list(Transport), action="append")
    parser.add_argument("--dry", action="store_true", help="record nothing")
    arguments = parser.parse_args(given)
    results = [measure(transport, arguments.clients) for transport in arguments.transport or list(Transport)]
    show("idle clients", results, keep=not arguments.dry)


if __name__ == "__main__":
    main()
