"""The one place where a node is put together."""

import asyncio
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from parlour.admin.audit import AuditLog
from parlour.admin.catalog import Operator, local_operator, make_session, person_operator, registry
from parlour.admin.control import ControlServer
from parlour.admin.doors import OpenDoors
from parlour.admin.engine import Session, Surface
from parlour.admin.engine.values import ValueSource
from parlour.admin.roles import Roles
from parlour.admin.values import DeploymentValues
from parlour.bots.calling import HttpCaller
from parlour.bots.delivery import Deliveries
from parlour.bots.model import HookLimits
from parlour.bots.service import Hooks
from parlour.bus.local import LocalBus
from parlour.chat.core import Core, Stores, make_core
from parlour.chat.model import Person
from parlour.chat.service import ChatLimits
from parlour.clock import Clock, SystemClock
from parlour.compliance.settings import ComplianceConfigurations
from parlour.config import Settings, parse_listener
from parlour.deployment import DataFolder, Identity, open_vault, read_identity
from parlour.directory.bearers import BearerLimits, Bearers
from parlour.directory.bots import Bots
from parlour.directory.contacts import Contacts
from parlour.directory.groups import Groups
from parlour.directory.lockout import Lockout, LockRule
from parlour.directory.lookup import Lookup
from parlour.directory.objects import DirectoryObjects
from parlour.directory.passwords import PasswordSignIn
from parlour.directory.people import People
from parlour.directory.principals import BuiltinPrincipals
from parlour.directory.rolebook import RoleBook
from parlour.directory.secrets import Vault
from parlour.directory.topology import Topology
from parlour.directory.trusted import TrustedSignIn
from parlour.errors import DEPLOYMENT_NOT_FOUND, LISTEN_FAILED, SETTING_INVALID, ParlourError
from parlour.forms import LimitsForm, ProviderForm
from parlour.lync.door import SipDoor
from parlour.lync.preferences import PreferenceStore
from parlour.lync.presence import PresenceStore
from parlour.lync.services import LyncServices, LyncSettings, WebAddress
from parlour.lync.signin import Scheme, SignInPolicy
from parlour.sip import SipServer, Timeouts, make_tls_context
from parlour.storage.audit import SqlAuditStore
from parlour.storage.compliance import SqlComplianceStore
from parlour.storage.database import Database, absolute_url, file_of
from parlour.storage.hooks import SqlHookStore
from parlour.storage.migrate import upgrade
from parlour.storage.names import NameIndex
from parlour.storage.stores import make_stores
from parlour.web.hookevents import event_shape

if TYPE_CHECKING:
    from fastapi import APIRouter

    from parlour.web.callers import Callers
    from parlour.web.live.door import LiveDoor
    from parlour.web.live.protocol import LiveEndpoint
    from parlour.web.proxies import Proxies
    from parlour.web.sessions import SignInServices

_SWEEP_SECONDS = 3600.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Node:
    """A deployment, opened by this process: everything a door or a cmdlet works with."""

    folder: DataFolder
    settings: Settings
    clock: Clock
    identity: Identity
    database: Database
    vault: Vault
    topology: Topology
    people: People
    bearers: Bearers
    lockout: Lockout
    contacts: Contacts
    groups: Groups
    core: Core
    bots: Bots
    hooks: Hooks
    compliance: ComplianceConfigurations
    audit_log: AuditLog
    roles: Roles
    doors: OpenDoors

    def session(self, operator: Operator | None = None) -> Session:
        """Return a session of whoever it is; without one, of the local operator, who may do everything."""
        return make_session(operator or local_operator(self.roles), self.clock, self.audit_log, {
            Topology: self.topology, People: self.people, Contacts: self.contacts,
            Bearers: self.bearers, Lockout: self.lockout,
            DirectoryObjects: DirectoryObjects(self.database, self.people, self.contacts),
            Groups: self.groups, Core: self.core, Roles: self.roles, Bots: self.bots, Hooks: self.hooks,
            OpenDoors: self.doors, TrustedSignIn: TrustedSignIn(self.people, self.vault),
            ComplianceConfigurations: self.compliance, ValueSource: DeploymentValues(),
            NameIndex: NameIndex(self.database)})

    async def person_session(self, person: Person, address: str) -> Session:
        """Return a session of a person who signed in over the web, with the roles that he has now."""
        return self.session(await person_operator(self.roles, person, Surface.REST, address))


@asynccontextmanager
async def open_node(folder: DataFolder, settings: Settings, clock: Clock | None = None) -> AsyncIterator[Node]:
    """Open the deployment in `folder` for this process alone.

    Raises:
        ParlourError: DeploymentNotFound, DeploymentBusy, SettingInvalid, StorageUnavailable.
    """
    folder.check()
    with folder.locked():
        url = absolute_url(settings.database or folder.database, folder.path)
        if not file_of(url).is_file():
            raise ParlourError(DEPLOYMENT_NOT_FOUND, url, folder=file_of(url))
        await asyncio.to_thread(upgrade, url)
        database = Database(url)
        try:
            yield await _assemble(folder, settings, clock or SystemClock(), database)
        finally:
            await database.close()


async def _assemble(folder: DataFolder, settings: Settings, clock: Clock, database: Database) -> Node:
    identity = await database.read(read_identity)
    vault = open_vault(folder, identity)
    stores, bus = make_stores(database, clock, folder.files), LocalBus()
    core = make_core(
        stores, directory=BuiltinPrincipals(database, identity.forest), bus=bus, clock=clock, new_guid=_new_guid,
        limits=ChatLimits(message=settings.message_limit, story=settings.story_limit, rtf=settings.rtf_limit,
                          history=settings.history_limit, search=settings.search_limit))
    await core.load()
    compliance = ComplianceConfigurations(SqlComplianceStore(database))
    await compliance.load()
    people = People(database, clock, _new_guid, vault, identity.forest)
    bots = Bots(database, people, clock)
    return Node(
        folder=folder, settings=settings, clock=clock, identity=identity, database=database, vault=vault,
        topology=Topology(database, clock, _new_guid),
        people=people, bots=bots, hooks=_hooks(settings, stores, bus, core, bots, SqlHookStore(database), vault, clock),
        bearers=Bearers(database, clock, BearerLimits(
            timedelta(seconds=settings.web_session_idle), timedelta(seconds=settings.web_session_longest))),
        lockout=Lockout(database, clock, LockRule(settings.sign_in_tries, timedelta(seconds=settings.sign_in_lock))),
        contacts=Contacts(database, clock, _new_guid, identity.forest),
        groups=Groups(database, identity.forest), core=core, compliance=compliance,
        audit_log=AuditLog(SqlAuditStore(database), clock, identity.guid),
        roles=Roles(registry().all(), identity.domain_sid, RoleBook(database, identity.forest)),
        doors=OpenDoors())


def _hooks(
    settings: Settings, stores: Stores, bus: LocalBus, core: Core, bots: Bots, store: SqlHookStore, vault: Vault,
    clock: Clock,
) -> Hooks:
    """Put the hooks of rooms together."""
    limits = HookLimits(rate=settings.hook_rate, timeout=settings.hook_timeout, give_up=settings.hook_give_up,
                        by_managers=settings.hook_managers)
    caller = HttpCaller(settings.hook_networks, limits.timeout)
    deliveries = Deliveries(
        store=store, log=stores.log, access=core.access, chat=core.chat, bots=bots, caller=caller, sealer=vault,
        bus=bus, clock=clock, limits=limits, render=event_shape)
    return Hooks(store=store, core=core, log=stores.log, bots=bots, caller=caller, sealer=vault, clock=clock,
                 new_guid=_new_guid, limits=limits, deliveries=deliveries)


def _new_guid() -> str:
    return str(uuid4())


async def serve(node: Node, announce: Callable[[dict[str, str]], None] = lambda _: None) -> None:
    """Serve until SIGTERM or SIGINT, then let everybody go and return.

    Args:
        node: what to serve.
        announce: called with where the doors are, by kind, once they are open.

    Raises:
        ParlourError: ListenFailed, SettingInvalid.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with running(node) as addresses:
            _log.info("node.serving", node=node.settings.node, **addresses)
            announce(addresses)
            await stop.wait()
            _log.info("node.stopping", node=node.settings.node)
    except ExceptionGroup as faults:
        raise _named(faults) from None


def _named(faults: ExceptionGroup[Exception]) -> Exception:
    """Return the error of the registry that task groups wrapped; the group itself if there is none."""
    known = faults.subgroup(ParlourError)
    found: Exception = known or faults
    while known and isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    return found


@asynccontextmanager
async def running(node: Node) -> AsyncIterator[dict[str, str]]:
    """Have the node's doors open; yields where they are, by kind."""
    settings = node.settings
    web = WebAddress()
    services = await _lync_services(node, web)
    door = SipDoor(services)
    sip = SipServer(door, clock=node.clock, timeouts=Timeouts(idle=settings.sip_keep_alive * 2.5 + 60),
                    max_outbound=settings.sip_max_outbound, rounds=door.rounds)
    async with sip, ControlServer(node.folder.socket, node.session), _web(node, services, web) as addresses, \
            asyncio.TaskGroup() as tasks:
        addresses |= await _listen(sip, node)
        node.doors.opened(addresses, settings.tls_certificate or node.folder.certificate,
                          web_plain=settings.web_plain)
        sweepers = [tasks.create_task(work) for work in (
            door.sweep_forever(), _sweep(node), node.hooks.run())]
        try:
            yield addresses
        finally:
            node.doors.closed()
            for sweeper in sweepers:
                sweeper.cancel()


@asynccontextmanager
async def _web(node: Node, services: LyncServices, address: WebAddress) -> AsyncIterator[dict[str, str]]:
    """Have the web listener open, if there is one, and tell the SIP door where others reach it."""
    wanted = node.settings.web
    if not wanted:
        yield {}
        return
    from parlour.web.callers import Callers
    from parlour.web.cmdlets import AdminServices  # these take a while, and commands do without them
    from parlour.web.hooks import HookServices
    from parlour.web.listener import listen, make_app, serving
    from parlour.web.live.door import LiveDoor
    from parlour.web.proxies import Proxies, ProxyHeader
    from parlour.web.sessions import SignInServices
    from parlour.web.streams import Runs
    from parlour.web.upkeep import upkeep

    try:
        listener = listen(*parse_listener(wanted))
    except OSError as fault:
        raise _listen_fault(wanted, fault) from fault
    host, port = listener.getsockname()[:2]
    passwords = PasswordSignIn(node.people, node.vault, node.clock, node.lockout)
    callers = Callers(passwords, node.bearers, node.settings.web_address)
    proxies = Proxies(node.settings.web_trusted_proxies, ProxyHeader(node.settings.web_proxy_header))
    door = LiveDoor()
    live = _live(node, services, callers, door, proxies)
    elsewhere = ProviderForm(name=node.settings.oidc_name, href="/api/v1/oidc") if node.settings.oidc_issuer else None
    signing_in = SignInServices(callers, node.people, node.person_session, lambda: _limits(node),
                                timedelta(seconds=node.settings.web_session_longest), elsewhere,
                                node.settings.web_password_length)
    hooks = HookServices(node.hooks, node.bots, node.bearers, lambda: address.base or "")
    async with Runs() as runs, live, serving(
            make_app(node.core, callers, signing_in, AdminServices(callers, node.person_session, runs),
                     Lookup(node.database), hooks, proxies, _elsewhere(node, signing_in)),
            live, listener, None if node.settings.web_plain else _tls(node)), \
            upkeep(node.bearers, door, node.clock):
        address.base = node.settings.web_address or f"https://{services.host}:{port}"
        yield {"web": f"{host}:{port}"}


def _elsewhere(node: Node, signing_in: "SignInServices") -> "list[APIRouter]":
    """Return the routes of signing in at an OpenID provider, if there is one.

    Raises:
        ParlourError: SettingInvalid.
    """
    settings = node.settings
    if settings.oidc_issuer is None or settings.oidc_client is None:
        return []
    from parlour.web import oidc  # it takes a while, and many do without it
    from parlour.web.oidc_provider import OidcProvider, OidcSettings

    provider = OidcProvider(OidcSettings(
        issuer=settings.oidc_issuer, client=settings.oidc_client, secret=_oidc_secret(settings),
        name=settings.oidc_name, claim=settings.oidc_claim, domain=settings.oidc_domain,
        scopes=tuple(settings.oidc_scopes), authority=settings.oidc_authority,
        redirect=f"{settings.web_address}{oidc.CALLBACK}"), node.clock)
    return [oidc.oidc_routes(oidc.OidcServices(signing_in, provider, node.vault, node.clock))]


def _oidc_secret(settings: Settings) -> str | None:
    if settings.oidc_secret_file is None:
        return None if settings.oidc_secret is None else settings.oidc_secret.get_secret_value()
    try:
        return settings.oidc_secret_file.read_text().strip()
    except (OSError, ValueError) as fault:
        raise ParlourError(SETTING_INVALID, "oidc_secret_file", setting="oidc_secret_file", reason=fault) from fault


def _limits(node: Node) -> LimitsForm:
    """Return how long what people send may be: texts in characters, files in units of 1024 bytes."""
    settings = node.settings
    return LimitsForm(message=settings.message_limit, story=settings.story_limit,
                      file=node.core.configurations.home().max_file_size_kb)


def _live(
    node: Node, services: LyncServices, callers: "Callers", door: "LiveDoor", proxies: "Proxies"
) -> "LiveEndpoint":
    """Return what takes WebSockets in."""
    from parlour.web.callers import Caller, Scope
    from parlour.web.live.connection import LiveServices
    from parlour.web.live.protocol import LiveEndpoint

    async def who(headers: Mapping[str, str], peer: str) -> Caller:
        caller = await callers.identify(headers, "GET", peer)
        caller.require(Scope.READ)
        return caller

    node.people.on_signed_out(door.end_sessions)
    node.bearers.on_ended(door.end_bearers)
    live = LiveServices(node.core, node.clock, services.settings.post_rate)
    return LiveEndpoint(live, who, door, node.settings.sip_max_outbound, proxies)


async def _sweep(node: Node) -> None:
    """Forget old tokens and abandoned uploads now and then, sessions that are over, and old wrong passwords."""
    while True:
        try:
            await node.core.files.sweep()
            await node.core.chat.forget_keys()
            await node.bearers.sweep()
            await node.lockout.sweep()
        except (ParlourError, OSError) as fault:  # it is tried again, and nobody waits for it
            _log.warning("node.sweep-failed", reason=str(fault))
        await node.clock.sleep(_SWEEP_SECONDS)


def _listen_fault(wanted: str, fault: OSError) -> ParlourError:
    return ParlourError(LISTEN_FAILED, wanted, address=wanted, reason=fault.strerror or fault)


async def _listen(sip: SipServer, node: Node) -> dict[str, str]:
    addresses: dict[str, str] = {}
    settings = node.settings
    for kind, wanted in (("sip_tls", settings.sip_tls), ("sip_tcp", settings.sip_tcp)):
        if wanted:
            host, port = parse_listener(wanted)
            try:
                bound = await sip.listen(host, port, _tls(node) if kind == "sip_tls" else None)
            except OSError as fault:
                raise _listen_fault(wanted, fault) from fault
            addresses[kind] = f"{bound[0]}:{bound[1]}"
    return addresses


def _tls(node: Node) -> ssl.SSLContext:
    certificate = node.settings.tls_certificate or node.folder.certificate
    key = node.settings.tls_key or node.folder.certificate_key
    try:
        return make_tls_context(certificate, key)
    except (OSError, ssl.SSLError) as fault:
        raise ParlourError(
            SETTING_INVALID, str(certificate), setting="tls_certificate", reason=f"{certificate}: {fault}") from fault


async def _lync_services(node: Node, web: WebAddress) -> LyncServices:
    domains, pools = await node.topology.domains(), await node.topology.pools()
    host, settings = pools[0].fqdn, node.settings
    schemes = frozenset(Scheme(name) for name in settings.sip_authentication)
    return LyncServices(
        core=node.core, people=node.people, contacts=node.contacts,
        presence=PresenceStore(node.database, node.clock), preferences=PreferenceStore(node.database), vault=node.vault,
        lockout=node.lockout,
        policy=SignInPolicy(domains[0].name, host, schemes), clock=node.clock, host=host,
        deployment_guid=node.identity.guid, web=web,
        settings=LyncSettings(registration=settings.sip_registration, session=settings.sip_session,
                              keep_alive=settings.sip_keep_alive, post_rate=settings.post_rate))
