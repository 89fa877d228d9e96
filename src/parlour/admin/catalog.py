"""All cmdlets in one registry, and sessions that run them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from parlour.admin.audit import AuditLog
from parlour.admin.cmdlets import (
    access,
    addins,
    adobjects,
    audit,
    bots,
    categories,
    compliance,
    configurations,
    eligible,
    endpoints,
    groups,
    health,
    messages,
    policies,
    roles,
    rooms,
    service,
    sessions,
    state,
    synthetic,
    topology,
    transfer,
    users,
)
from parlour.admin.engine import CmdletRegistry, Session, Surface, complete
from parlour.admin.roles import ADMINISTRATOR, Grants, Roles
from parlour.chat.model import Person
from parlour.clock import Clock

_MODULES = (
    endpoints, roles, rooms, categories, addins, messages, access, topology, users, adobjects, groups, sessions,
    policies, configurations, compliance, transfer, state, synthetic, service, eligible, audit, bots, health)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs cmdlets.

    Attributes:
        name: who it is.
        roles: names of his roles.
        grants: the cmdlets he may run, and how far each reaches.
        surface: what his commands come through.
        address: where they come from.
    """

    name: str
    roles: frozenset[str]
    grants: Grants
    surface: Surface = Surface.CONTROL_SOCKET
    address: str = "local"


def local_operator(roles: Roles) -> Operator:
    """Return the one who may read the data folder: he could do anything anyway."""
    return Operator("local operator", frozenset({ADMINISTRATOR}), roles.everything())


async def person_operator(roles: Roles, person: Person, surface: Surface, address: str) -> Operator:
    """Return a person with the roles that he has now.

    Args:
        roles: the roles of the deployment.
        person: who signed in.
        surface: what his commands come through.
        address: where they come from.
    """
    held = await roles.of(person)
    names = frozenset(role.identity for role in held)
    return Operator(str(person.address), names, roles.granted(held), surface, address)


@cache
def registry() -> CmdletRegistry:
    """Return every cmdlet."""
    return CmdletRegistry(cmdlet for module in _MODULES for cmdlet in module.CMDLETS)


def complete_names(words: Sequence[str]) -> list[str]:
    """Return what the last of some words can become as far as that is known without a deployment."""
    return asyncio.run(complete(registry(), Session("nobody"), words))


def make_session(
    operator: Operator, clock: Clock, audit_log: AuditLog, services: Mapping[type, object]
) -> Session:
    """Return a session in which `operator` may run what his roles allow.

    Args:
        operator: who it is.
        clock: time.
        audit_log: keeps a trace of everything.
        services: what cmdlets work with, by type.
    """
    grants = operator.grants
    return Session(operator=operator.name, roles=operator.roles, allowed=lambda name: name.lower() in grants,
                   reach=lambda name: grants[name.lower()], services={**services, AuditLog: audit_log}, clock=clock,
                   auditor=audit_log, surface=operator.surface, address=operator.address)
