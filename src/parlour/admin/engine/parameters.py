"""Parameters: how cmdlets declare them, and what is known of each afterwards."""

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Flag, StrEnum, auto
from typing import Any

from parlour.admin.engine.types import ParameterType, parameter_type


class Pipeline(Flag):
    """How a parameter takes input from the pipeline."""

    NONE = 0
    VALUE = auto()
    PROPERTY = auto()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a cmdlet.

    Attributes:
        name: as typed, without the dash.
        attribute: the attribute of the cmdlet that receives the value.
        type: what values it takes.
        mandatory: it must be given (on the line or through the pipeline).
        position: its rank among the positional parameters (an order, not an index), or None.
        pipeline: how it takes pipeline input.
        sets: the parameter sets it belongs to; empty means all.
        aliases: other names.
        default: the value when it is not given.
        help: one or two sentences.
        unsupported: why it is refused although it exists, or "".
        values: what its values are the names of, for completion.
        nullable: ``$null`` means something of its own.
    """

    name: str
    attribute: str
    type: ParameterType
    mandatory: bool = False
    position: int | None = None
    pipeline: Pipeline = Pipeline.NONE
    sets: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    default: object = None
    help: str = ""
    unsupported: str = ""
    values: tuple[StrEnum, ...] = ()
    nullable: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its aliases."""
        return (self.name, *self.aliases)

    def answers_to(self, name: str) -> bool:
        """Tell whether `name` is its name or an alias, without case."""
        wanted = name.casefold()
        return any(own.casefold() == wanted for own in self.names)

    def may_be(self, prefix: str) -> bool:
        """Tell whether its name or an alias begins with `prefix`, without case."""
        wanted = prefix.casefold()
        return any(own.casefold().startswith(wanted) for own in self.names)

    def is_in(self, set_name: str) -> bool:
        """Tell whether it belongs to a parameter set."""
        return not self.sets or set_name in self.sets

    def syntax(self) -> str:
        """Its part of a syntax line, e.g. ``[[-Identity] <String>]``."""
        if self.type.is_switch:
            return f"-{self.name}" if self.mandatory else f"[-{self.name}]"
        shown = f"-{self.name}" if self.position is None else f"[-{self.name}]"
        text = f"{shown} <{self.type.name}>"
        return text if self.mandatory else f"[{text}]"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `parameter` leaves on the class until the class is complete."""

    draft: Parameter
    boolean: bool


def parameter(
    *,
    name: str = "",
    mandatory: bool = False,
    position: int | None = None,
    pipeline: Pipeline = Pipeline.NONE,
    sets: Sequence[str] = (),
    aliases: Sequence[str] = (),
    default: object = None,
    boolean: bool = False,
    help: str = "",  # noqa: A002 - the word the authors of cmdlets write
    unsupported: str = "",
    values: StrEnum | tuple[StrEnum, ...] = (),
    nullable: bool = False,
) -> Any:  # noqa: ANN401 - it stands where the annotation promises the parameter's own type
    """Declare a parameter; the annotation says its type, the attribute its name (``sip_address``: -SipAddress).

    Args:
        name: another name than the attribute gives.
        mandatory: it must be given.
        position: rank among the positional parameters.
        pipeline: how it takes pipeline input.
        sets: parameter sets it belongs to; none means all.
        aliases: other names.
        default: value when not given (a switch: False).
        boolean: a ``bool`` that takes ``$true`` or ``$false`` and is not a switch.
        help: one or two sentences.
        unsupported: the reason why it is refused although it exists, for the error text.
        values: what its values are the names of, for completion.
        nullable: ``$null`` means something of its own; otherwise it is refused.
    """
    draft = Parameter(
        name, "", parameter_type(str), mandatory, position, pipeline,
        tuple(sets), tuple(aliases), default, help, unsupported,
        (values,) if isinstance(values, StrEnum) else values, nullable,
    )
    return Declaration(draft, boolean)


def collect(cls: type, inherited: Iterable[Parameter]) -> list[Parameter]:
    """Complete the parameters a class declares, after those of its bases; leave the defaults on the class."""
    found = {known.attribute: known for known in inherited}
    annotations = inspect.get_annotations(cls, eval_str=True)
    for attribute, value in list(vars(cls).items()):
        if isinstance(value, Declaration):
            found[attribute] = _completed(attribute, value, annotations[attribute])
            setattr(cls, attribute, found[attribute].default)
    return list(found.values())


def _completed(attribute: str, declared: Declaration, annotation: object) -> Parameter:
    kind = parameter_type(annotation, declared.boolean)
    draft = declared.draft
    default = False if kind.is_switch and draft.default is None else draft.default
    return replace(draft, name=draft.name or _pascal(attribute), attribute=attribute, type=kind, default=default)


def _pascal(attribute: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in attribute.split("_"))
