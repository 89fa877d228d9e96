"""The demo deployment of `make run`: people, rooms and an endpoint to try Parlour with, on this machine only."""

import asyncio
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from parlour.addresses import Fqdn, SipAddress
from parlour.chat.model import CategoryChange, Content, NewCategory, NewRoom, Privacy, Room, RoomType
from parlour.chat.principals import CategoryRole, RoomRole
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
PROJECTS = NewCategory(
    "Projects", description="Whoever works on something", invitations=True, file_upload=True, chat_history=True)
TLS, TCP, WEB = "127.0.0.1:5061", "127.0.0.1:5060", "127.0.0.1:5443"


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """A room, who stands in its lists, who follows it, and what was said in it yesterday: who, and what."""

    new: NewRoom
    lists: Mapping[RoomRole, tuple[str, ...]] = field(default_factory=dict)
    talk: tuple[tuple[str, str], ...] = ()
    followers: tuple[str, ...] = ()


ROOMS = (
    DemoRoom(NewRoom("Engineering", FIRST_CATEGORY, description="How things are built", privacy=Privacy.OPEN), talk=(
        ("alice", "The gateway 10.20.30.40 is back."), ("bob", "Thank you! Was it the deployment, @alice?"),
        ("alice", "No: the cable.")), followers=PEOPLE),
    DemoRoom(NewRoom("All hands", FIRST_CATEGORY, description="For everyone", privacy=Privacy.OPEN)),
    DemoRoom(NewRoom("Apollo", PROJECTS.name, description="Closed: members only", privacy=Privacy.CLOSED),
             {RoomRole.MEMBER: ("alice", "bob"), RoomRole.MANAGER: ("alice",)},
             (("alice", "Here we plan the launch."), ("bob", "会議は京都です")), ("alice", "bob")),
    DemoRoom(NewRoom("Town hall", PROJECTS.name, description="An auditorium: presenters speak", privacy=Privacy.OPEN,
                     type=RoomType.AUDITORIUM),
             {RoomRole.MEMBER: ("alice",), RoomRole.PRESENTER: ("alice",)}, (("alice", "Good morning, everyone."),),
             ("alice", "bob", "carol")),
    DemoRoom(NewRoom("Skunk works", PROJECTS.name, description="Secret: only members see it", privacy=Privacy.SECRET),
             {RoomRole.MEMBER: ("alice", "frank")}, followers=("alice", "frank")),
)

_GUIDE = """\

  Parlour is serving a demo deployment, to this machine only.

    sign in as       {people}
    password         {password}
    rooms            {rooms}

  Things to try: carol sees Apollo and cannot come in, but may ask; only alice speaks in the Town hall; only alice and
  frank see the Skunk works; alice is an administrator. And in another terminal, in this folder:

    {program} Set-CsPersistentChatRoom -Identity "Apollo" -Members '@{{Add="sip:carol@litwareinc.com"}}'
    {program} why carol@litwareinc.com "Skunk works"
    {program} shell

  With Pidgin and its SIPE plugin: account alice@litwareinc.com, server {tls} (SSL/TLS) or {tcp} (TCP),
  authentication NTLM, and "Group Chat Proxy" {endpoint}; then Tools > Room List.
  Debian 12's plugin needs a workaround: see README.md.

  Data: {folder}
  Stop with Ctrl+C; everything is kept for the next time.

  Now open this page in a browser, and let it trust the certificate that the demo made for itself:

    https://{web}/

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
    web = os.environ.get("PARLOUR_WEB") or WEB
    settings = Settings.load(
        folder.path, sip_tls=os.environ.get("PARLOUR_SIP_TLS") or TLS, sip_tcp=os.environ.get("PARLOUR_SIP_TCP") or TCP,
        web=web, web_address=f"https://{web}")  # the pool's name is in no DNS
    password, is_new = _password(folder)
    async with open_node(folder, settings, _Yesterday()) as node:
        await _add_people(node, password, is_new)
        await _add_places(node)
        _keep(folder, password)  # last: what is printed the next time is what works
    async with open_node(folder, settings) as node:
        await serve(node, lambda addresses: _announce(folder, addresses, password))


class _Yesterday(SystemClock):
    """What the demo begins with happened a day ago."""

    def now(self) -> datetime:
        """Return the moment, a day late."""
        return super().now() - timedelta(days=1)


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
    administrators = await node.groups.find("CsAdministrator")
    if not administrators.members:
        await node.groups.set_members(administrators, [_address("alice")])
    if ENDPOINT.key not in {endpoint.address.key for endpoint in await node.contacts.all()}:
        await node.contacts.add(NewEndpoint(ENDPOINT, Fqdn(POOL), "Persistent Chat Endpoint 1"))
    administration = node.core.administration
    if PROJECTS.name not in {category.name for category in await administration.all_categories()}:
        category = await administration.create_category(PROJECTS)
        await administration.change_category(category, CategoryChange(lists={
            CategoryRole.ALLOWED: [node.identity.forest], CategoryRole.CREATOR: [_address("alice")]}))
    rooms = {room.name for room in await administration.all_rooms()}
    for demo in ROOMS:
        if demo.new.name not in rooms:
            lists = {role: [_address(name) for name in names] for role, names in demo.lists.items()}
            await _use(node, await administration.create_room(demo.new, lists), demo)


def _address(name: str) -> str:
    return str(SipAddress(name, DOMAIN))


async def _use(node: Node, room: Room, demo: DemoRoom) -> None:
    """Let people follow a room, and talk there."""
    for name in demo.followers:
        await node.core.following.follow(await node.people.find(_address(name)), room.uri)
    for name, text in demo.talk:
        await node.core.chat.post_as(await node.people.find(_address(name)), room.uri, Content(text))


def _announce(folder: DataFolder, addresses: dict[str, str], password: str) -> None:
    print(_GUIDE.format(  # noqa: T201 - this is the terminal's door
        tls=addresses["sip_tls"], tcp=addresses["sip_tcp"], web=addresses["web"], password=password,
        folder=folder.path, people=", ".join(f"{name}@{DOMAIN}" for name in PEOPLE), endpoint=ENDPOINT.bare,
        rooms=", ".join(demo.new.name for demo in ROOMS),
        program=Path(sys.executable).with_name("parlour")), flush=True)


if __name__ == "__main__":
    sys.exit(main())
