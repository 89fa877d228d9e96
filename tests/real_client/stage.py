"""The clients of one test."""

import asyncio
import itertools
from pathlib import Path

from tests.real_client.harness import ClientError
from tests.real_client.people import Person, Way

from parlour.testing import Deployment


class Stage:
    """The clients of one test, and where they connect; all quit at the end.

    Args:
        deployment: the server.
        folder: for the clients' logs.
    """

    def __init__(self, deployment: Deployment, folder: Path) -> None:
        self.deployment = deployment
        self._folder = folder
        self._people: list[Person] = []

    def way(self, transport: str) -> Way:
        """Return how to connect by this transport."""
        deployment = self.deployment
        port = deployment.tls_port if transport == "tls" else deployment.tcp_port
        return Way(f"{deployment.host}:{port}", transport)

    def person(self, name: str, device: str = "") -> Person:
        """Return a person whose client is not started yet."""
        made = Person(name, self._folder, device)
        self._people.append(made)
        return made

    async def sign_in(
        self, name: str, transport: str = "tls", endpoint: str | None = None, *more: str, device: str = ""
    ) -> Person:
        """Sign a person in, up to group chat.

        Args:
            name: who.
            transport: ``tls`` or ``tcp``.
            endpoint: what is typed as "Group Chat Proxy"; None leaves it to provisioning.
            more: further options of the driver.
            device: tells two clients of the same person apart.
        """
        person = self.person(name, device)
        return await person.sign_in(self.way(transport), self.deployment.password(name), endpoint, *more)

    async def enter(self, uri: str, *names: str) -> list[Person]:
        """Sign people in, alternately by TLS and TCP, and let them join a room one after the other."""
        transports = itertools.cycle(("tls", "tcp"))
        people = await asyncio.gather(*map(self.sign_in, names, transports))
        for position, person in enumerate(people):
            await person.enter(uri)
            for other in people[:position]:
                await other.sees_come(person)
        return people

    async def clear(self) -> None:
        """Let all clients quit; one that crashed fails the test."""
        statuses = await asyncio.gather(*(person.quit() for person in self._people))
        crashed = [f"{person.name}: {status}" for person, status in zip(self._people, statuses, strict=True)
                   if status < 0 and not person.was_killed]
        if crashed:
            raise ClientError(f"clients crashed: {', '.join(crashed)}")
