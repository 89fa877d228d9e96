"""All cmdlets in one registry, and sessions that run them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Self

from parlour.admin.audit import AuditLog
from parlour.admin.cmdlets import (
    access,
    addins,
    audit,
    categories,
    configurations,
    eligible,
    endpoints,
    groups,
    messages,
    policies,
    roles,
    rooms,
    topology,
    users,
)
from parlour.admin.engine import CmdletRegistry, Session
from parlour.admin.roles import ADMINISTRATOR, Roles
from parlour.clock import Clock

_MODULES = (
    endpoints, roles, rooms, categories, addins, messages, access, topology, users, groups, policies, configurations,
    eligible, audit)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs cmdlets, and his roles."""

    name: str
    roles: frozenset[str]

    @classmethod
    def local(cls) -> Self:
        """Return the one who may read the data folder: he could do anything anyway."""
        return cls("local operator", frozenset({ADMINISTRATOR}))


@cache
def registry() -> CmdletRegistry:
    """Return every cmdlet."""
    return CmdletRegistry(cmdlet for module in _MODULES for cmdlet in module.CMDLETS)


def make_session(
    operator: Operator, domain_sid: str, clock: Clock, audit_log: AuditLog, services: Mapping[type, object]
) -> Session:
    """Return a session in which `operator` may run what his roles allow.

    Args:
        operator: who it is.
        domain_sid: security identifier of the deployment.
        clock: time.
        audit_log: keeps a trace of everything.
        services: what cmdlets work with, by type.
    """
    known = Roles(registry().all(), domain_sid)
    allowed = {name.lower() for role in known.all() if role.identity in operator.roles for name in role.cmdlets}
    return Session(operator=operator.name, roles=operator.roles, allowed=lambda name: name.lower() in allowed,
                   services={**services, Roles: known, AuditLog: audit_log}, clock=clock, auditor=audit_log)
