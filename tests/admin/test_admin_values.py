"""Completion of values in a real deployment: what is offered, to whom, and that few are read."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest
from sqlalchemy import insert

from parlour.addresses import DistinguishedName, Fqdn
from parlour.admin.catalog import registry
from parlour.admin.engine import Reach, complete, execute
from parlour.admin.engine.values import MOST
from parlour.admin.texthost import Style, TextHost
from parlour.admin.values import _SHELVES, DeploymentValues, Values
from parlour.clock import SystemClock
from parlour.config import Settings
from parlour.deployment import DataFolder, NewDeployment, make_deployment
from parlour.node import Node, open_node
from parlour.storage.schema import rooms

POOL, SECOND = "atl-pcpool-001.litwareinc.com", "zrh.litwareinc.com"
FURNITURE = "; ".join((
    "New-CsUser sip:alice@litwareinc.com -Password 'correct horse'",
    "New-CsUser sip:albert@litwareinc.com -Password 'correct horse' -Container 'OU=Sales,DC=litwareinc,DC=com'",
    "New-CsUser sip:bob@litwareinc.com -Password 'correct horse'",
    "New-CsGroup 'All staff'",
    f"New-CsPool {SECOND} -Site Zurich",
    f"New-CsPersistentChatCategory -Name Trading -PersistentChatPoolFqdn {SECOND}",
    f"New-CsPersistentChatAddin -Name Ticker -Url http://t.com/ -PersistentChatPoolFqdn {POOL}",
    f"New-CsPersistentChatEndpoint -SipAddress sip:pce@litwareinc.com -PersistentChatPoolFqdn {POOL}",
    "New-CsPersistentChatPolicy -Identity 'Not for me'",
    rf"New-CsPersistentChatRoom -Name Engineering -Category '{POOL}\General'",
    "New-CsPersistentChatBot -DisplayName Builder -SipAddress sip:builder@litwareinc.com",
    "New-CsPersistentChatHook -Room Engineering -Kind Incoming -Name Builds -Bot sip:builder@litwareinc.com",
    rf"New-CsPersistentChatRoom -Name 'Engine room' -Category '{POOL}\General'",
    rf"New-CsPersistentChatRoom -Name 'engine room' -Category '{SECOND}\Trading'"))


class _Screen:
    """A terminal that keeps what went wrong."""

    def __init__(self) -> None:
        self.errors = ""

    async def show(self, stream: str, text: str, style: Style = Style.PLAIN) -> None:
        self.errors += text if stream == "err" else ""

    async def progress(self, progress: object) -> None:
        """Nobody looks."""

    async def ask(self, caption: str, message: str, choices: object, default: int) -> int | None:
        return None


async def _furnish(folder: DataFolder) -> None:
    async with open_node(folder, Settings.load(folder.path)) as opened:
        screen = _Screen()
        await execute(registry(), opened.session(), TextHost(screen, 120), FURNITURE)
        assert screen.errors == ""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("values") / "data")
    make_deployment(folder, NewDeployment(Fqdn.parse("litwareinc.com"), Fqdn.parse(POOL)), SystemClock())
    asyncio.run(_furnish(folder))
    return folder


@pytest.fixture
async def node(furnished: DataFolder) -> AsyncIterator[Node]:
    async with open_node(furnished, Settings.load(furnished.path)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Get-CsPersistentChatEndpoint -PersistentChatPoolFqdn ", [POOL, SECOND]),
        ("New-CsPool x.com -Site z", ["Zurich"]),
        ("Get-CsPersistentChatRoom eng", [
            rf"'{POOL}\Engine room'", rf"'{SECOND}\engine room'", "Engineering"]),
        (rf"Set-CsPersistentChatRoom {POOL}\Engine", [rf"'{POOL}\Engine room'", rf"{POOL}\Engineering"]),
        (rf"Set-CsPersistentChatRoom '{SECOND}\engine ", [rf"'{SECOND}\engine room'"]),
        ("Clear-CsPersistentChatRoom zrh", [rf"'{SECOND}\engine room'"]),
        ("New-CsPersistentChatRoom -Category ", ["General", "Trading"]),
        ("Set-CsPersistentChatCategory -Identity tr", ["Trading"]),
        ("Get-CsPersistentChatRoom -Addin t", ["Ticker"]),
        ("Get-CsUser al", ["sip:albert@litwareinc.com", "sip:alice@litwareinc.com"]),
        ("Get-CsUser sip:ali", ["sip:alice@litwareinc.com"]),
        ("Get-CsUser -OU ou=s", ["'OU=Sales,DC=litwareinc,DC=com'"]),
        ('Set-CsPersistentChatRoom Engineering -Members @{Add="sip:bob@litwareinc.com","all', [
            '"CN=All staff,OU=Groups,DC=litwareinc,DC=com"']),
        ("Set-CsPersistentChatRoom Engineering -Members sip:bob@litwareinc.com,ali", ["sip:alice@litwareinc.com"]),
        ("Get-CsGroup cn=all", ["'CN=All staff,OU=Groups,DC=litwareinc,DC=com'"]),
        ("Set-CsAdminRole cshelp", ["CsHelpDesk"]),
        ("Grant-CsPersistentChatPolicy sip:bob@litwareinc.com ", ["'Not for me'"]),
        ("Get-CsPersistentChatPolicy ", ["'Not for me'", "Global"]),
        ("Remove-CsPersistentChatConfiguration s", [
            f"Service:PersistentChatServer:{POOL}", f"Service:PersistentChatServer:{SECOND}", "Site:Zurich"]),
        ("Get-CsPersistentChatState p", [f"PersistentChatServer:{POOL}", f"PersistentChatServer:{SECOND}"]),
        ("Remove-CsSipDomain l", ["litwareinc.com"]),
        ("Remove-CsPersistentChatEndpoint sip:p", ["sip:pce@litwareinc.com"]),
        ("Set-CsPersistentChatBot ", ["sip:builder@litwareinc.com"]),
        ("Remove-CsPersistentChatHook b", ["Builds"]),
        ("Get-CsAuditLog -Cmdlet Clear-", ["Clear-CsPersistentChatRoom"]),
        ("Get-CsUser nobody", []),
        ("Get-CsUser %", []),
    ],
)
async def test_values(node: Node, line: str, expected: list[str]) -> None:
    found = await complete(registry(), node.session(), line)
    default = [one for one in found if "Site:Default" in one or "Site:Redmond" in one]
    assert [one for one in found if one not in default] == expected


@pytest.mark.parametrize("kind", list(Values))
async def test_who_may_not_list_them_is_offered_none(node: Node, kind: Values) -> None:
    everything = node.session()
    source, lister = DeploymentValues(), _SHELVES[kind].shown_by
    assert registry().find(everything, lister)
    assert await source.starting(everything, kind, "", MOST)
    held_back = replace(everything, allowed=lambda name: name != lister)
    assert await source.starting(held_back, kind, "", MOST) == []


async def test_people_out_of_reach_are_not_offered(node: Node) -> None:
    sales = Reach((DistinguishedName.parse("OU=Sales,DC=litwareinc,DC=com"),))
    session = replace(node.session(), reach=lambda _: sales)
    assert await complete(registry(), session, "Get-CsUser ") == ["sip:albert@litwareinc.com"]
    assert await complete(registry(), session, "Get-CsUser -OU ") == ["'OU=Sales,DC=litwareinc,DC=com'"]


async def test_of_many_rooms_only_the_first_are_read(node: Node) -> None:
    room = await node.core.administration.room_named("Engineering")

    def rows() -> Iterable[dict[str, object]]:
        for number in range(3 * MOST):
            yield {"guid": str(number), "category_id": room.category_id, "pool_fqdn": POOL, "domain": "litwareinc.com",
                   "name": f"Room {number:04}", "name_key": f"room {number:04}", "description": "", "privacy": "Open",
                   "type": "Normal", "invitations": "Inherit", "disabled": False, "last_number": 0,
                   "created_at": node.clock.now()}
    await node.database.write(lambda connection: connection.execute(insert(rooms), list(rows())))
    found = await complete(registry(), node.session(), "Get-CsPersistentChatRoom room")
    assert found == [f"'Room {number:04}'" for number in range(MOST)]


def test_identities_have_values() -> None:
    """A cmdlet that takes the name of what is there offers it."""
    silent = {f"{cmdlet.meta.name} -{known.name}" for cmdlet in registry().all() for known in cmdlet.parameters
              if known.name in ("Identity", "PersistentChatPoolFqdn", "Room", "Category", "Members", "PoolFqdn")
              and not known.values and not known.unsupported}
    made_by_it = {"New-CsAdminRole -Identity", "New-CsPersistentChatPolicy -Identity", "New-CsPool -Identity",
                  "New-CsSipDomain -Identity"}
    assert {one for one in silent if one.startswith("New-")} == made_by_it
    assert silent - made_by_it == set()
