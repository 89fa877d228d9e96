"""Roles for sites: what they do with what belongs to pools of those sites, and that nothing else is there for them."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from tests.admin.engine.engine_kit import RecordingHost

from parlour.addresses import Fqdn
from parlour.admin.catalog import registry
from parlour.admin.engine import ActsOn, PsObject, Session, Value, complete, execute, to_text
from parlour.clock import SystemClock
from parlour.config import Settings
from parlour.deployment import DataFolder, NewDeployment, make_deployment
from parlour.errors import Category
from parlour.node import Node, open_node

ATL, ZRH, GVA = "atl-pcpool-001.litwareinc.com", "zrh.litwareinc.com", "gva.litwareinc.com"
SALES = "OU=Sales,DC=litwareinc,DC=com"
ROLES = {  # person and role: its scopes
    "zoe": "-ConfigScopes site:Zurich",
    "gus": "-ConfigScopes site:Zurich,site:Geneva",
    "gil": "-ConfigScopes site:Geneva",
    "otto": f"-UserScopes 'OU:{SALES}'",
    "mia": f"-ConfigScopes site:Zurich -UserScopes 'OU:{SALES}'"}


def _furniture() -> Sequence[str]:
    lines = [f"New-CsPool {ZRH} -Site Zurich", f"New-CsPool {GVA} -Site Geneva",
             *(f"New-CsUser sip:{name}@litwareinc.com -Password 'correct horse'" for name in (*ROLES, "bob")),
             f"New-CsUser sip:alice@litwareinc.com -Password 'correct horse' -Container '{SALES}'",
             f"New-CsUser sip:sam1@litwareinc.com -Password 'correct horse' -DisplayName Sam -Container '{SALES}'",
             "New-CsUser sip:sam2@litwareinc.com -Password 'correct horse' -DisplayName Sam",
             "New-CsPersistentChatPolicy Contractors"]
    for pool, site in ((ATL, "Default"), (ZRH, "Zurich"), (GVA, "Geneva")):
        host = pool.partition(".")[0][:3]
        lines += [
            f"New-CsPersistentChatCategory -Name Trading -PersistentChatPoolFqdn {pool}",
            f"New-CsPersistentChatCategory -Name 'Only {host}' -PersistentChatPoolFqdn {pool}",
            f"New-CsPersistentChatAddin -Name Ticker -Url http://t.com/ -PersistentChatPoolFqdn {pool}",
            f"New-CsPersistentChatAddin -Name 'Only {host}' -Url http://t.com/ -PersistentChatPoolFqdn {pool}",
            rf"New-CsPersistentChatRoom -Name Engineering -Category '{pool}\Trading' -Addin Ticker",
            rf"New-CsPersistentChatRoom -Name 'Solo {host}' -Category '{pool}\Trading'",
            rf"Set-CsPersistentChatCategory '{pool}\Trading' -AllowedMembers 'DC=litwareinc,DC=com'",
            rf"New-CsPersistentChatHook -Room '{pool}\Solo {host}' -Kind Incoming -Name 'Only {host}'",
            f"New-CsPersistentChatEndpoint -SipAddress sip:pce-{host}@litwareinc.com -PersistentChatPoolFqdn {pool} "
            "-DisplayName Chat",
            f"New-CsPersistentChatPolicy site:{site}",
            f"New-CsPersistentChatConfiguration site:{site}",
            f"New-CsPersistentChatConfiguration service:PersistentChatServer:{pool}",
            f"New-CsPersistentChatComplianceConfiguration site:{site}",
            f"New-CsPersistentChatComplianceConfiguration service:PersistentChatServer:{pool}"]
    for name, scopes in ROLES.items():
        lines += [f"New-CsGroup {name}", f"Set-CsGroup {name} -Members sip:{name}@litwareinc.com",
                  f"New-CsAdminRole {name} -Template CsAdministrator {scopes}"]
    return lines


async def _each(objects: Sequence[Value]) -> AsyncIterator[Value]:
    for one in objects:
        yield one


class Desk:
    """A deployment that people administer under their own names.

    Args:
        node: the open deployment.
    """

    def __init__(self, node: Node) -> None:
        self.node = node

    async def session(self, name: str) -> Session:
        """Return a session of a person, as the web gives it."""
        return await self.node.person_session(await self.node.people.find(f"{name}@litwareinc.com"), "127.0.0.1")

    async def run(self, name: str, line: str, objects: Sequence[Value] = ()) -> RecordingHost:
        """Run a line as a person, with objects for its first command; without a name, as the local operator."""
        session = await self.session(name) if name else self.node.session()
        host = RecordingHost()
        await execute(registry(), session, host, line, _each(objects) if objects else None)
        return host

    async def does(self, name: str, line: str) -> list[str]:
        """Run a line that must succeed; return what it wrote, as text."""
        host = await self.run(name, line)
        assert host.errors == [], (line, host.errors)
        return [to_text(value) for value in host.values]

    async def fails(self, name: str, line: str) -> tuple[str, str, str]:
        """Run a line that must fail and write nothing; return the error's name, target and text."""
        host = await self.run(name, line)
        assert host.values == [], line
        assert len(host.errors) == 1, (line, host.errors)
        (error,) = host.errors
        return error.error_id, to_text(error.target), error.message

    async def everything(self) -> list[str]:
        """Return all that lists show the local operator, to see whether anything changed."""
        found = []
        for cmdlet in LISTS:
            shown = (await self.run("", cmdlet)).values
            found += [f"{cmdlet}: {dict(one.properties) if isinstance(one, PsObject) else one}" for one in shown]
        return found


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("sites") / "data")
    make_deployment(folder, NewDeployment(Fqdn.parse("litwareinc.com"), Fqdn.parse(ATL)), SystemClock())

    async def furnish() -> None:
        async with open_node(folder, Settings.load(folder.path)) as node:
            await Desk(node).does("", "; ".join(f"{line} | Out-Null" for line in _furniture()))
    asyncio.run(furnish())
    return folder


@pytest.fixture
async def desk(furnished: DataFolder, tmp_path: Path) -> AsyncIterator[Desk]:
    folder = DataFolder(tmp_path / "data")
    shutil.copytree(furnished.path, folder.path)
    async with open_node(folder, Settings.load(folder.path)) as node:
        yield Desk(node)


LISTS = {
    "Get-CsPool": [ZRH],
    "Get-CsService": [f"PersistentChatServer:{ZRH}", f"PersistentChatDatabase:{ZRH}"],
    "Get-CsPersistentChatState": [f"PersistentChatServer:{ZRH}"],
    "Get-CsPersistentChatCategory": [rf"{ZRH}\Only zrh", rf"{ZRH}\Trading"],
    "Get-CsPersistentChatRoom": [rf"{ZRH}\Engineering", rf"{ZRH}\Solo zrh"],
    "Get-CsPersistentChatAddin": [rf"{ZRH}\Only zrh", rf"{ZRH}\Ticker"],
    "Get-CsPersistentChatHook | Select-Object -ExpandProperty Name": ["Only zrh"],
    "Get-CsPersistentChatEndpoint | Select-Object -ExpandProperty SipAddress": [
        "sip:GC-2-PersistentChatService-2@litwareinc.com", "sip:pce-zrh@litwareinc.com"],
    "Get-CsPersistentChatPolicy": ["Site:Zurich"],
    "Get-CsPersistentChatConfiguration": ["Site:Zurich", f"Service:PersistentChatServer:{ZRH}"],
    "Get-CsPersistentChatComplianceConfiguration": ["Site:Zurich", f"Service:PersistentChatServer:{ZRH}"]}
"""What a role for Zurich is shown by each list."""


@pytest.mark.parametrize("line", LISTS)
async def test_lists_show_what_is_in_reach(desk: Desk, line: str) -> None:
    assert await desk.does("zoe", line) == LISTS[line]
    assert len(await desk.does("", line)) > len(LISTS[line])


OUTSIDE_POOL = {
    r"Get-CsPersistentChatRoom '{}\Solo atl'": "ChatRoomNotFound",
    r"Set-CsPersistentChatRoom '{}\Solo atl' -Disabled $true": "ChatRoomNotFound",
    r"Set-CsPersistentChatRoom '{}\Solo atl' -Disabled $true -WhatIf": "ChatRoomNotFound",
    rf"Set-CsPersistentChatRoom '{ZRH}\Solo zrh' -Category '{{}}\Trading'": "ChatCategoryNotFound",
    r"Remove-CsPersistentChatRoom '{}\Solo atl'": "ChatRoomNotFound",
    r"Clear-CsPersistentChatRoom '{}\Solo atl' -EndDate 2025-01-01 -Confirm:$false": "ChatRoomNotFound",
    r"Remove-CsPersistentChatMessage -Identity '{}\Solo atl'": "ChatRoomNotFound",
    r"Get-CsPersistentChatAccess sip:bob@litwareinc.com '{}\Solo atl'": "ChatRoomNotFound",
    r"New-CsPersistentChatRoom -Name New -Category '{}\Trading'": "ChatCategoryNotFound",
    "New-CsPersistentChatRoom -Name New -Category Trading -PersistentChatPoolFqdn {}": "ChatCategoryNotFound",
    "New-CsPersistentChatRoom -Name New -Category Trading -PersistentChatPoolFqdn {} -WhatIf": "ChatCategoryNotFound",
    r"Get-CsPersistentChatCategory '{}\Only atl'": "ChatCategoryNotFound",
    r"Set-CsPersistentChatCategory '{}\Only atl' -Description New": "ChatCategoryNotFound",
    r"Remove-CsPersistentChatCategory '{}\Only atl'": "ChatCategoryNotFound",
    "New-CsPersistentChatCategory -Name New -PersistentChatPoolFqdn {}": "PoolUnknown",
    "New-CsPersistentChatCategory -Name New -PersistentChatPoolFqdn {} -WhatIf": "PoolUnknown",
    r"Get-CsPersistentChatAddin '{}\Only atl'": "ChatAddinNotFound",
    r"Set-CsPersistentChatAddin '{}\Only atl' -Url http://new.com/": "ChatAddinNotFound",
    r"Remove-CsPersistentChatAddin '{}\Only atl' -Force": "ChatAddinNotFound",
    "New-CsPersistentChatAddin -Name New -Url http://new.com/ -PersistentChatPoolFqdn {}": "PoolUnknown",
    "New-CsPersistentChatEndpoint -SipAddress sip:new@litwareinc.com -PersistentChatPoolFqdn {}": "PoolUnknown",
    "Get-CsPersistentChatEndpoint -PersistentChatPoolFqdn {}": "PoolUnknown",
    r"Get-CsPersistentChatHook -Room '{}\Solo atl'": "ChatRoomNotFound",
    r"New-CsPersistentChatHook -Room '{}\Solo atl' -Kind Incoming -Name New": "ChatRoomNotFound",
    "Get-CsPool {}": "PoolUnknown",
    "Get-CsService -PoolFqdn {}": "PoolUnknown",
    "Get-CsService PersistentChatServer:{}": "ServiceNotFound",
    "Get-CsPersistentChatState PersistentChatServer:{}": "PoolUnknown",
    "Set-CsPersistentChatState PersistentChatServer:{} -PoolState FailedOver": "PoolUnknown",
    "Set-CsPersistentChatActiveServer PersistentChatServer:{} -ActiveServers $null": "PoolUnknown",
    "Get-CsPersistentChatConfiguration service:PersistentChatServer:{}": "ChatConfigurationNotFound",
    "Set-CsPersistentChatConfiguration service:PersistentChatServer:{} -DefaultChatHistory 9":
        "ChatConfigurationNotFound",
    "Remove-CsPersistentChatConfiguration service:PersistentChatServer:{}": "ChatConfigurationNotFound",
    "New-CsPersistentChatConfiguration service:PersistentChatServer:{}": "PoolUnknown",
    "New-CsPersistentChatConfiguration service:PersistentChatServer:{} -InMemory": "PoolUnknown",
    "Get-CsPersistentChatComplianceConfiguration service:PersistentChatServer:{}": "ComplianceConfigurationNotFound",
    "Set-CsPersistentChatComplianceConfiguration service:PersistentChatServer:{} -AdapterName New":
        "ComplianceConfigurationNotFound",
    "Remove-CsPersistentChatComplianceConfiguration service:PersistentChatServer:{}": "ComplianceConfigurationNotFound",
    "New-CsPersistentChatComplianceConfiguration service:PersistentChatServer:{}": "PoolUnknown",
}
"""What names a pool out of reach, with a place for it; and what is said of that."""

OUTSIDE_NAME = {
    ("Get-CsPersistentChatRoom 'Solo {}'", "atl"): "ChatRoomNotFound",
    ("Get-CsPersistentChatCategory 'Only {}'", "atl"): "ChatCategoryNotFound",
    ("New-CsPersistentChatRoom -Name New -Category 'Only {}'", "atl"): "ChatCategoryNotFound",
    ("Get-CsPersistentChatAddin 'Only {}'", "atl"): "ChatAddinNotFound",
    **{(f"{verb}-CsPersistentChatHook 'Only {{}}'{more}", "atl"): "HookNotFound"
       for verb, more in (("Get", ""), ("Set", " -Enabled $false"), ("Remove", ""))},
    ("Get-CsPersistentChatEndpoint sip:pce-{}@litwareinc.com", "atl"): "PersistentChatEndpointNotFound",
    ("Remove-CsPersistentChatEndpoint sip:pce-{}@litwareinc.com", "atl"): "PersistentChatEndpointNotFound",
    ("Get-CsPersistentChatPolicy site:{}", "Default"): "ChatPolicyNotFound",
    ("Get-CsPersistentChatPolicy {}", "Contractors"): "ChatPolicyNotFound",
    ("Set-CsPersistentChatPolicy site:{} -Description New", "Default"): "ChatPolicyNotFound",
    ("Remove-CsPersistentChatPolicy {} -Confirm:$false", "Contractors"): "ChatPolicyNotFound",
    ("New-CsPersistentChatPolicy site:{}", "Default"): "SiteUnknown",
    ("New-CsPersistentChatPolicy {}", "Contractors"): "OutOfScope",
    ("Get-CsPersistentChatConfiguration site:{}", "Default"): "ChatConfigurationNotFound",
    ("New-CsPersistentChatComplianceConfiguration site:{}", "Default"): "SiteUnknown"}
"""What names something else out of reach, with a place for its name; the name; and what is said of it."""

OUTSIDE = [*((line, ATL, kind) for line, kind in OUTSIDE_POOL.items()),
           *((line, name, kind) for (line, name), kind in OUTSIDE_NAME.items())]
NOBODY = "nothing.at.all"


@pytest.mark.parametrize(("line", "name", "kind"), OUTSIDE)
async def test_what_is_out_of_reach_is_as_if_it_were_not_there(desk: Desk, line: str, name: str, kind: str) -> None:
    before = await desk.everything()
    outside, absent = [await desk.fails("zoe", line.replace("{}", one)) for one in (name, NOBODY)]
    assert outside == tuple(part.replace(NOBODY, name) for part in absent)
    assert outside[0] == kind
    assert await desk.everything() == before


@pytest.mark.parametrize(("listing", "line"), [
    ("Get-CsPersistentChatRoom", "Set-CsPersistentChatRoom -Disabled $true"),
    ("Get-CsPersistentChatRoom", "Remove-CsPersistentChatRoom"),
    ("Get-CsPersistentChatCategory", "Remove-CsPersistentChatCategory"),
    ("Get-CsPersistentChatAddin", "Remove-CsPersistentChatAddin -Force"),
    ("Get-CsPersistentChatEndpoint", "Remove-CsPersistentChatEndpoint"),
    ("Get-CsPersistentChatHook", "Set-CsPersistentChatHook -Enabled $false"),
    ("Get-CsPersistentChatState", "Set-CsPersistentChatState -PoolState FailedOver"),
    ("Get-CsPersistentChatPolicy", "Set-CsPersistentChatPolicy -Description New"),
    ("Get-CsPersistentChatPolicy", "Remove-CsPersistentChatPolicy -Confirm:$false"),
    ("Get-CsPersistentChatConfiguration", "Set-CsPersistentChatConfiguration -DefaultChatHistory 9"),
    ("Get-CsPersistentChatConfiguration", "Remove-CsPersistentChatConfiguration"),
    ("Get-CsPersistentChatComplianceConfiguration", "Set-CsPersistentChatComplianceConfiguration -AdapterName New")])
async def test_objects_from_elsewhere_do_not_reach_further(desk: Desk, listing: str, line: str) -> None:
    """Somebody has objects that he could not list himself: each of them is refused, and stays as it is."""
    reached = set(await desk.does("zoe", listing))
    objects = [value for value in (await desk.run("", listing)).values if to_text(value) not in reached]
    assert objects
    before = await desk.everything()
    host = await desk.run("zoe", line, objects)
    assert (host.values, len(host.errors)) == ([], len(objects))
    assert {error.kind.category for error in host.errors} <= {Category.OBJECT_NOT_FOUND, Category.PERMISSION_DENIED}
    assert await desk.everything() == before


DOES = {
    "New-CsPersistentChatCategory -Name New": rf"{ZRH}\New",
    f"New-CsPersistentChatCategory -Name New -PersistentChatPoolFqdn {ZRH.upper()}": rf"{ZRH}\New",
    "New-CsPersistentChatRoom -Name New -Category Trading": rf"{ZRH}\New",
    "New-CsPersistentChatAddin -Name New -Url http://new.com/": rf"{ZRH}\New",
    f"New-CsPersistentChatEndpoint -SipAddress sip:new@litwareinc.com -PersistentChatPoolFqdn {ZRH}": "",
    "Get-CsPersistentChatRoom engineering": rf"{ZRH}\Engineering",
    "Get-CsPersistentChatCategory trading": rf"{ZRH}\Trading",
    "Get-CsPersistentChatAddin ticker": rf"{ZRH}\Ticker",
    "Get-CsPersistentChatEndpoint Chat | Select-Object -ExpandProperty SipAddress": "sip:pce-zrh@litwareinc.com",
    "Set-CsPersistentChatRoom Engineering -Category 'Only zrh' -Addin 'Only zrh'": "",
    "Remove-CsPersistentChatRoom Engineering": "",
    "Clear-CsPersistentChatRoom Engineering -EndDate 2025-01-01 -Confirm:$false": "",
    "Remove-CsPersistentChatMessage -Identity Engineering": "",
    "Get-CsPersistentChatAccess sip:bob@litwareinc.com Engineering | Select-Object -First 1 -ExpandProperty Act":
        "see",
    "Set-CsPersistentChatCategory Trading -AllowedMembers sip:bob@litwareinc.com": "",
    "Remove-CsPersistentChatCategory 'Only zrh'": "",
    "Set-CsPersistentChatAddin Ticker -Url http://new.com/": "",
    "Remove-CsPersistentChatAddin Ticker -Force": "",
    "Remove-CsPersistentChatEndpoint Chat": "",
    "Get-CsPersistentChatHook 'only zrh' | Select-Object -ExpandProperty Name": "Only zrh",
    "New-CsPersistentChatHook -Room Engineering -Kind Incoming -Name New | Select-Object -ExpandProperty Name": "New",
    "Set-CsPersistentChatHook 'Only zrh' -Enabled $false": "",
    "Remove-CsPersistentChatHook 'Only zrh'": "",
    f"Get-CsPool {ZRH}": ZRH,
    "Get-CsService -PersistentChatServer": f"PersistentChatServer:{ZRH}",
    f"Get-CsPersistentChatState PersistentChatServer:{ZRH}": f"PersistentChatServer:{ZRH}",
    "Set-CsPersistentChatState -PoolState FailedOver": "",
    "Set-CsPersistentChatActiveServer -ActiveServers $null": "",
    "Get-CsPersistentChatPolicy site:zurich": "Site:Zurich",
    "Set-CsPersistentChatPolicy site:zurich -Description New": "",
    "Remove-CsPersistentChatPolicy site:Zurich": "",
    "Remove-CsPersistentChatPolicy site:Zurich; New-CsPersistentChatPolicy site:Zurich": "Site:Zurich",
    **{line: result for noun in ("PersistentChatConfiguration", "PersistentChatComplianceConfiguration")
       for line, result in {
           f"Get-Cs{noun} site:Zurich": "Site:Zurich",
           f"Get-Cs{noun} -Filter service:* | Set-Cs{noun}": "",
           f"Remove-Cs{noun} site:Zurich": "",
           f"Remove-Cs{noun} service:PersistentChatServer:{ZRH}; New-Cs{noun} service:PersistentChatServer:{ZRH}":
               f"Service:PersistentChatServer:{ZRH}"}.items()}}
"""What a role for Zurich may do, and what that writes."""


@pytest.mark.parametrize("line", DOES)
async def test_what_is_in_reach(desk: Desk, line: str) -> None:
    before = _elsewhere(await desk.everything())
    assert await desk.does("zoe", line) == [DOES[line]] * bool(DOES[line])
    assert _elsewhere(await desk.everything()) == before


def _elsewhere(everything: Sequence[str]) -> list[str]:
    found = [one for one in everything if ATL in one or GVA in one or "Site:Default" in one]
    assert len(found) > len(LISTS)
    return found


def test_every_cmdlet_for_pools_was_tried_inside_and_outside() -> None:
    pools = {cmdlet.meta.name for cmdlet in registry().all() if cmdlet.meta.acts_on is ActsOn.POOLS}
    inside = " ".join((*LISTS, *DOES))
    outside = " ".join(line for line, *_ in OUTSIDE)
    assert {name for name in pools if f"{name} " not in f"{inside} "} == set()
    assert {name for name in pools if f"{name} " not in f"{outside} "} == set()


@pytest.mark.parametrize("line", [
    "Get-CsPersistentChatRoom Engineering", "Get-CsPersistentChatCategory Trading",
    "Get-CsPersistentChatAddin Ticker", "New-CsPersistentChatRoom -Name New -Category Trading",
    "New-CsPersistentChatCategory -Name New", "New-CsPersistentChatAddin -Name New -Url http://new.com/"])
async def test_a_name_in_two_pools_in_reach_needs_its_pool(desk: Desk, line: str) -> None:
    assert (await desk.fails("gus", line))[0] == "NameNeedsPool"
    assert await desk.does("zoe", line)
    assert await desk.does("gil", line)


@pytest.mark.parametrize("line", [
    "Set-CsPersistentChatConfiguration -DefaultChatHistory 9", "Set-CsPersistentChatPolicy -Description New",
    "Set-CsPersistentChatComplianceConfiguration -AdapterName New", "Remove-CsPersistentChatConfiguration global",
    "Remove-CsPersistentChatPolicy global", "New-CsPersistentChatConfiguration global",
    "New-CsPersistentChatPolicy global"])
async def test_what_holds_for_everybody_is_out_of_reach(desk: Desk, line: str) -> None:
    before = await desk.everything()
    kind, target, _ = await desk.fails("zoe", line)
    assert (kind.endswith("NotFound") or kind == "OutOfScope", target) == (True, "Global")
    assert await desk.everything() == before


async def test_a_pool_that_is_made_at_the_site_is_reached_at_once(desk: Desk) -> None:
    await desk.does("", "New-CsPool zrh2.litwareinc.com -Site ZURICH")
    assert await desk.does("zoe", "Get-CsPool") == [ZRH, "zrh2.litwareinc.com"]
    assert (await desk.fails("zoe", "New-CsPersistentChatCategory -Name New"))[0] == "NameNeedsPool"


async def test_a_site_without_pools(desk: Desk) -> None:
    for noun in ("Room", "Category", "Addin"):
        await desk.does("", f"Get-CsPersistentChat{noun} -PersistentChatPoolFqdn {GVA} | Remove-CsPersistentChat{noun}")
    await desk.does("", f"Remove-CsPersistentChatEndpoint sip:pce-gva@litwareinc.com; Remove-CsPool {GVA}")
    assert await desk.does("gil", "Get-CsPool; Get-CsPersistentChatRoom; Get-CsService") == []
    assert (await desk.fails("gil", "New-CsPersistentChatCategory -Name New"))[0] == "OutOfScope"
    assert (await desk.fails("gil", "Set-CsPersistentChatState -PoolState Normal"))[0] == "OutOfScope"


# -- roles for people, and for both


async def test_policies_are_granted_to_people_in_reach(desk: Desk) -> None:
    await desk.does("otto", "Grant-CsPersistentChatPolicy sip:alice@litwareinc.com Contractors")
    outside, absent = [await desk.fails("otto", f"Grant-CsPersistentChatPolicy sip:{name}@litwareinc.com Contractors")
                       for name in ("bob", "xxx")]
    assert outside == tuple(part.replace("xxx", "bob") for part in absent)
    assert outside[0] == "UserNotFound"
    await desk.does("otto", "Grant-CsPersistentChatPolicy s* Contractors")
    assert await desk.does("otto", "Grant-CsPersistentChatPolicy Sam $null -PassThru") == ["sip:sam1@litwareinc.com"]
    await desk.does("otto", "Grant-CsPersistentChatPolicy Sam Contractors")
    granted = await desk.does("", "Get-CsUser | Where-Object {$_.PersistentChatPolicy -eq 'Contractors'}")
    assert granted == ["sip:alice@litwareinc.com", "sip:sam1@litwareinc.com"]


@pytest.mark.parametrize("line", [
    "Get-CsUser {}@litwareinc.com", "Get-CsAdUser {}@litwareinc.com", "Set-CsUser {}@litwareinc.com -DisplayName New",
    "Disable-CsUser {}@litwareinc.com", "Enable-CsUser {}@litwareinc.com", "Unlock-CsUser {}@litwareinc.com",
    "Get-CsAdminRoleAssignment {}", "Remove-CsUser {}@litwareinc.com",
    "Set-CsUserPassword {}@litwareinc.com -Password 'battery staple'"])
async def test_people_out_of_reach_are_nobody(desk: Desk, line: str) -> None:
    outside, absent = [await desk.fails("otto", line.replace("{}", name)) for name in ("bob", "xxx")]
    assert outside == tuple(part.replace("xxx", "bob") for part in absent)
    assert outside[0] == "UserNotFound"


async def test_each_cmdlet_is_held_back_by_what_it_acts_on(desk: Desk) -> None:
    both = "Get-CsUser; Get-CsPool; Get-CsPersistentChatRoom engineering"
    people = ["sip:alice@litwareinc.com", "sip:sam1@litwareinc.com"]
    assert await desk.does("mia", both) == [*people, ZRH, rf"{ZRH}\Engineering"]
    assert await desk.does("otto", "Get-CsUser; Get-CsPool") == [*people, ATL, ZRH, GVA]
    assert "sip:bob@litwareinc.com" in await desk.does("zoe", "Get-CsUser")


async def test_several_roles_reach_what_any_of_them_reaches(desk: Desk) -> None:
    await desk.does("", "Set-CsGroup gil -Members @{Add='sip:zoe@litwareinc.com'}")
    assert await desk.does("zoe", "Get-CsPool") == [ZRH, GVA]
    await desk.does("", "Set-CsGroup CsViewOnlyAdministrator -Members sip:zoe@litwareinc.com")
    assert await desk.does("zoe", "Get-CsPool") == [ATL, ZRH, GVA]
    assert (await desk.fails("zoe", rf"Remove-CsPersistentChatRoom '{ATL}\Engineering'"))[0] == "ChatRoomNotFound"


# -- completion


@pytest.mark.parametrize(("line", "expected"), [
    ("Get-CsPool ", [ZRH]),
    ("Get-CsPool -Site ", ["Zurich"]),
    ("Get-CsService pers", [f"PersistentChatServer:{ZRH}"]),
    ("Get-CsPersistentChatRoom ", ["'Solo zrh'", "Engineering"]),
    (rf"Get-CsPersistentChatRoom {ATL}\E", []),
    (rf"Set-CsPersistentChatRoom {ZRH}\E", [rf"{ZRH}\Engineering"]),
    ("New-CsPersistentChatRoom -Category ", ["'Only zrh'", "Trading"]),
    ("Get-CsPersistentChatAddin ", ["'Only zrh'", "Ticker"]),
    ("New-CsPersistentChatAddin -PersistentChatPoolFqdn ", [ZRH]),
    ("Get-CsPersistentChatEndpoint sip:p", ["sip:pce-zrh@litwareinc.com"]),
    ("Get-CsPersistentChatPolicy ", ["Site:Zurich"]),
    ("Grant-CsPersistentChatPolicy -PolicyName ", []),
    ("Set-CsPersistentChatConfiguration ", [f"Service:PersistentChatServer:{ZRH}", "Site:Zurich"])])
async def test_completion_offers_what_is_in_reach(desk: Desk, line: str, expected: list[str]) -> None:
    assert await complete(registry(), await desk.session("zoe"), line) == expected
