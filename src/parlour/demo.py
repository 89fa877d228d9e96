"""The demo deployment of `make run`: people, rooms and an endpoint to try Parlour with, on this machine only."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

from parlour.addresses import Fqdn, SipAddress
from parlour.chat.model import NewRoom, Privacy
from parlour.cli import DEFAULT_FOLDER
from parlour.clock import SystemClock
from parlour.config import Settings
from parlour.deployment import FIRST_CATEGORY, DataFolder, NewDeployment, make_deployment
from parlour.directory.contacts import NewEndpoint
from parlour.directory.people import NewPerson
from parlour.errors import ParlourError
from parlour.logs import set_up_logs
from parlour.node import Node, open_node, serve

DOMAIN = "litwareinc.com"
POOL = "atl-pcpool-001.litwareinc.com"
ENDPOINT = SipAddress("pce", DOMAIN)
# No name of four letters: a defect of libpurple keeps such people of this domain from signing in by NTLM.
PEOPLE = ("alice", "bob", "carol", "frank")
ROOMS = {"Engineering": "How things are built", "All hands": "For everyone"}
TLS, TCP = "127.0.0.1:5061", "127.0.0.1:5060"

_GUIDE = """\

  Parlour is serving a demo deployment, to this machine only.

    SIP over TLS     {tls}
    SIP over TCP     {tcp}
    sign in as       {people}
    password         {password}
    group chat at    {endpoint}      rooms: {rooms}

  With Pidgin and its SIPE plugin: account alice@litwareinc.com, server 127.0.0.1:5061, connection SSL/TLS,
  authentication NTLM, and "Group Chat Proxy" pce@litwareinc.com; then Tools > Room List.
  Debian 12's plugin needs a workaround: see README.md.

  Administer it:     {program} shell
  Data:              {folder}
  Stop with Ctrl+C; everything is kept for the next time.
"""


def main() -> int:
    """Make the demo deployment if there is none, and serve it; returns the exit status."""
    folder = DataFolder(Path(os.environ.get("PARLOUR_DATA") or DEFAULT_FOLDER).absolute())
    os.umask(0o077)
    set_up_logs()
    try:
        asyncio.run(_run(folder))
    except ParlourError as refusal:
        print(f"parlour: {refusal}", file=sys.stderr)  # noqa: T201 - this is the terminal's door
        return 1
    return 0


async def _run(folder: DataFolder) -> None:
    if not folder.key.exists():
        make_deployment(folder, NewDeployment(Fqdn(DOMAIN), Fqdn(POOL)), SystemClock())
    settings = Settings.load(folder.path, sip_tls=TLS, sip_tcp=TCP)
    async with open_node(folder, settings) as node:
        password, is_new = _password(folder)
        await _add_people(node, password, is_new)
        await _add_places(node)
        _keep(folder, password)  # last: what is printed the next time is what works
        await serve(node, lambda addresses: _announce(folder, addresses, password))


def _password(folder: DataFolder) -> tuple[str, bool]:
    """Return the demo people's password (given, or made once and kept beside the data), and whether it is new."""
    kept = folder.path / "demo-password"
    known = kept.read_text() if kept.exists() else None
    password = os.environ.get("PARLOUR_DEMO_PASSWORD") or known or secrets.token_urlsafe(9)
    return password, password != known


def _keep(folder: DataFolder, password: str) -> None:
    with open(folder.path / "demo-password", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(password)


async def _add_people(node: Node, password: str, is_new: bool) -> None:
    there = {person.address.user: person for person in await node.people.all()}
    for name in PEOPLE:
        if name not in there:
            await node.people.add(NewPerson(SipAddress(name, DOMAIN), password, name.title()))
        elif is_new:
            await node.people.set_password(there[name], password)


async def _add_places(node: Node) -> None:
    if ENDPOINT.key not in {endpoint.address.key for endpoint in await node.contacts.all()}:
        await node.contacts.add(NewEndpoint(ENDPOINT, Fqdn(POOL), "Persistent Chat Endpoint 1"))
    rooms = {room.name for room in await node.core.administration.all_rooms()}
    for name, about in ROOMS.items():
        if name not in rooms:
            new = NewRoom(name, FIRST_CATEGORY, description=about, privacy=Privacy.OPEN)
            await node.core.administration.create_room(new)


def _announce(folder: DataFolder, addresses: dict[str, str], password: str) -> None:
    print(_GUIDE.format(  # noqa: T201 - this is the terminal's door
        tls=addresses["sip_tls"], tcp=addresses["sip_tcp"], password=password, folder=folder.path,
        people=", ".join(f"{name}@{DOMAIN}" for name in PEOPLE), endpoint=ENDPOINT.bare, rooms=", ".join(ROOMS),
        program=Path(sys.executable).with_name("parlour")), flush=True)


if __name__ == "__main__":
    sys.exit(main())
