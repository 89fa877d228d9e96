"""What the cmdlets for policies and configurations have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from parlour.admin.engine import Cmdlet, Pipeline, PsObject, parameter, to_text
from parlour.admin.engine.convert import convert
from parlour.admin.engine.patterns import like
from parlour.admin.poolreach import Reached, reached_by
from parlour.admin.values import Values
from parlour.chat.scoped import HasScope, Scoped
from parlour.chat.scopes import CONFIGURATION_SCOPES, GLOBAL, Scope, parse_scope
from parlour.errors import ParlourError

LOCAL_STORE_HELP = "Reads this node's copy of the settings; there is only that one."
IN_MEMORY_HELP = "Only makes the object; Set- with -Instance keeps it."
FORCE_HELP = "Accepted for scripts; there is nothing to suppress."
TENANT_HELP = "Accepted for scripts: there are no tenants here."
INSTANCE_HELP = "An object from Get-, or from New- with -InMemory; one that is not there yet is made."


def is_like(scope: Scope, pattern: str) -> bool:
    """Say whether an identity fits a pattern: whole, ``Tag:Sales``, or as it is shown, ``Sales``."""
    return like(str(scope), pattern) or like(scope.shown, pattern)


def is_kind(instance: PsObject | None, type_name: str) -> bool:
    """Say whether an object is of this type, or was before it went over a wire."""
    return instance is not None and instance.type_name.removeprefix("Deserialized.") == type_name


def given_values(cmdlet: Cmdlet, fields: Mapping[str, str], instance: PsObject | None = None) -> dict[str, Any]:
    """Return the values that a cmdlet was given, by field.

    Args:
        cmdlet: the cmdlet.
        fields: for its attributes, the fields they are meant for.
        instance: an object that gives the values that no parameter gives.

    Raises:
        ParlourError: ParameterValueInvalid for what the object gives.
    """
    found = {}
    for known in cmdlet.parameters:
        if known.attribute in fields:
            value = getattr(cmdlet, known.attribute)
            if value is None and instance is not None:
                value = convert(known, instance.get(known.name))
            if value is not None:
                found[fields[known.attribute]] = value
    return found


_IDENTITY = "global, site:NAME or service:PersistentChatServer:FQDN."


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of configurations, as cmdlets see it.

    Attributes:
        type_name: type of the objects.
        fields: for each property but Identity, the field of the configuration, in the order of display.
    """

    type_name: str
    fields: Mapping[str, str]

    def shown(self, configuration: HasScope) -> PsObject:
        """Return a configuration as administrators see it."""
        identity = configuration.identity.shown
        settings = {name: getattr(configuration, field) for name, field in self.fields.items()}
        return PsObject((self.type_name,), {"Identity": identity, **settings}, text=identity)


class ConfigurationCmdlet(Cmdlet):
    """A cmdlet for one kind of configurations; a parameter for a setting is called as the field is."""

    noun: ClassVar[Noun]

    def kept(self) -> Scoped[Any]:
        """Return the configurations of the kind."""
        raise NotImplementedError

    async def reached(self) -> Reached[Any]:
        """Return those of them that whoever runs the cmdlet may use it on."""
        return Reached(self.kept(), await reached_by(self))

    def settings(self, instance: PsObject | None = None) -> dict[str, Any]:
        """Return the settings that were given, by field; those that no parameter gives, from `instance`."""
        return given_values(self, {field: field for field in self.noun.fields.values()}, instance)


class NewConfiguration(ConfigurationCmdlet):
    """New-: makes a configuration for a site or a pool."""

    identity: str = parameter(
        values=Values.SCOPE, position=2, mandatory=True, help="site:NAME or service:PersistentChatServer:FQDN.")
    in_memory: bool = parameter(help=IN_MEMORY_HELP)
    force: bool = parameter(help=FORCE_HELP)

    async def process(self) -> None:
        """Create the settings."""
        kept = self.kept()
        made = kept.rules.make(parse_scope(self.identity, CONFIGURATION_SCOPES), **self.settings())
        (await self.reached()).check_new(made)
        if self.in_memory:
            await self.write(self.noun.shown(made))
        elif await self.should_process(made.identity.shown):
            await kept.add(made)
            await self.write(self.noun.shown(made))


class GetConfiguration(ConfigurationCmdlet):
    """Get-: lists configurations."""

    identity: str | None = parameter(values=Values.SCOPE, position=2, sets=("Identity",), help=_IDENTITY)
    filter: str | None = parameter(
        sets=("Filter",), help="Identity of settings, with * and ? as wildcards: site:* or service:*.")
    local_store: bool = parameter(help=LOCAL_STORE_HELP)

    async def process(self) -> None:
        """List settings."""
        reached, identity = await self.reached(), self.identity
        found = reached.all() if identity is None else [reached.at(parse_scope(identity, CONFIGURATION_SCOPES))]
        await self.write_all(
            self.noun.shown(one) for one in found if self.filter is None or is_like(one.identity, self.filter))


class SetConfiguration(ConfigurationCmdlet):
    """Set-: changes a configuration; they hold at once."""

    identity: str | None = parameter(
        values=Values.SCOPE, position=2, sets=("Identity",), help=f"{_IDENTITY} Without it, global.")
    instance: PsObject | None = parameter(
        mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help=INSTANCE_HELP)
    force: bool = parameter(help=FORCE_HELP)

    async def process(self) -> None:
        """Change the settings."""
        kept, reached, scope = self.kept(), await self.reached(), self._scope()
        known = reached.find(scope) if is_kind(self.instance, self.noun.type_name) else reached.at(scope)
        wanted = replace(known or kept.rules.make(scope), **self.settings(self.instance))
        if known is None:
            reached.check_new(wanted)
        kept.rules.checked(wanted)
        if await self.should_process(scope.shown):
            await (kept.add(wanted) if known is None else kept.change(wanted))

    def _scope(self) -> Scope:
        identity = self.identity if self.instance is None else to_text(self.instance.get("Identity"))
        return GLOBAL if identity is None else parse_scope(identity, CONFIGURATION_SCOPES)


class RemoveConfiguration(ConfigurationCmdlet):
    """Remove-: deletes a configuration; the global one only gets its defaults back."""

    identity: str = parameter(
        values=Values.SCOPE, position=2, mandatory=True, pipeline=Pipeline.PROPERTY, help=_IDENTITY)
    force: bool = parameter(help="Does not complain about settings that are not there.")

    async def process(self) -> None:
        """Delete the settings."""
        kept, scope = self.kept(), parse_scope(self.identity, CONFIGURATION_SCOPES)
        try:
            (await self.reached()).at(scope)
        except ParlourError as absent:
            if self.force and absent.kind is kept.rules.absent:
                return
            raise
        if await self.should_process(scope.shown):
            await kept.remove(scope)
