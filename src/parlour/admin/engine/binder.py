"""Binding: which value goes to which parameter, before the pipeline runs."""

import difflib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from parlour.admin.engine.common import COMMON_NAMES, Preferences, preferences
from parlour.admin.engine.convert import convert
from parlour.admin.engine.definition import Cmdlet, all_parameters, parameter_sets
from parlour.admin.engine.parameters import Parameter, Pipeline
from parlour.admin.engine.syntax import Absent, Call, NameToken, RawValue, Token, ValueToken, spelling
from parlour.errors import (
    ARGUMENT_SURPLUS,
    PARAMETER_AMBIGUOUS,
    PARAMETER_MISSING,
    PARAMETER_SET_UNRESOLVED,
    PARAMETER_TWICE,
    PARAMETER_UNKNOWN,
    PARAMETER_UNSUPPORTED,
    PARAMETER_VALUE_ABSENT,
    PARAMETER_VALUE_INVALID,
    ParlourError,
)

_ORDINARY = Preferences()
_SHOULD_PROCESS_NAMES = frozenset({"WhatIf", "Confirm"})


@dataclass(frozen=True, slots=True)
class Binding:
    """A command with its parameters bound as far as the line goes.

    Attributes:
        cmdlet: the class to run.
        values: values by attribute.
        bound: names of the parameters given on the line.
        sets: the parameter sets still possible; pipeline input may decide among them.
        preferences: the common parameters.
        expects_input: something comes through the pipeline.
        defaults: the common parameters of commands that it runs itself.
    """

    cmdlet: type[Cmdlet]
    values: dict[str, object]
    bound: frozenset[str]
    sets: tuple[str, ...]
    preferences: Preferences
    expects_input: bool
    defaults: Preferences


def bind(
    cmdlet: type[Cmdlet], call: Call, expects_input: bool = False, defaults: Preferences = _ORDINARY
) -> Binding:
    """Bind the arguments of a call to the parameters of a cmdlet.

    Args:
        cmdlet: the class the call's name stands for.
        call: the arguments as parsed.
        expects_input: whether pipeline input may give what the line does not.
        defaults: the common parameters where the line does not say.

    Raises:
        ParlourError: an unknown, ambiguous, repeated or missing parameter, or a value that does not fit.
    """
    work = _Work(cmdlet)
    work.take_positional(work.take_named(call.tokens))
    sets = work.sets if expects_input else [resolve_set(cmdlet, work.sets, work.bound)]
    if expects_input:
        require_possible(cmdlet, work.sets, work.bound)
    own = {known.attribute: work.bound[known.name] for known in cmdlet.parameters if known.name in work.bound}
    common = {name: value for name, value in work.bound.items() if name in COMMON_NAMES | _SHOULD_PROCESS_NAMES}
    meant = preferences(common, defaults)
    return Binding(cmdlet, own, frozenset(work.bound), tuple(sets), meant, expects_input, defaults)


def find_parameter(cmdlet: type[Cmdlet], name: str) -> Parameter:
    """Return the parameter a name or an unambiguous prefix stands for.

    A prefix that fits one of the cmdlet's own parameters and some common ones means its own.

    Raises:
        ParlourError: PARAMETER_UNKNOWN with the nearest names, or PARAMETER_AMBIGUOUS with the candidates.
    """
    known = all_parameters(cmdlet)
    exact = next((one for one in known if one.answers_to(name)), None)
    if exact is not None:
        return exact
    candidates = [one for one in known if one.may_be(name)]
    own = [one for one in candidates if one.name not in COMMON_NAMES]
    if len(own) == 1 or len(candidates) == 1:
        return (own or candidates)[0]
    if candidates:
        names = " or ".join(f"-{one.name}" for one in candidates)
        raise ParlourError(PARAMETER_AMBIGUOUS, f"-{name}", name=name, candidates=names)
    raise ParlourError(PARAMETER_UNKNOWN, f"-{name}", name=name, nearest=_nearest(name, known))


def _nearest(name: str, known: Iterable[Parameter]) -> str:
    by_folded = {one.name.casefold(): one.name for one in known}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=2, cutoff=0.6)
    return " Did you mean " + " or ".join(f"-{by_folded[fold]}" for fold in close) + "?" if close else ""


class _Work:
    """The state of binding one call."""

    def __init__(self, cmdlet: type[Cmdlet]) -> None:
        self.cmdlet = cmdlet
        self.bound: dict[str, object] = {}
        self.sets: Sequence[str] = parameter_sets(cmdlet)

    def take_named(self, tokens: Iterable[Token]) -> list[RawValue]:
        """Bind what has a name; return the values that have none, in order."""
        pending = deque(tokens)
        positional: list[RawValue] = []
        while pending:
            token = pending.popleft()
            if isinstance(token, ValueToken):
                positional.append(token.value)
                continue
            known = find_parameter(self.cmdlet, token.name)
            self._assign(known, _value_of(known, token, pending))
        return positional

    def take_positional(self, values: Iterable[RawValue]) -> None:
        for value in values:
            known, converted = self._place(value)
            self._store(known, converted)

    def _place(self, raw: RawValue) -> tuple[Parameter, object]:
        """Find the first free position, and there the first parameter the value fits."""
        free = [one for one in self.cmdlet.parameters if self._is_free(one)]
        by_position = groupby(sorted(free, key=self._rank), key=lambda one: one.position)
        refusal: ParlourError | None = None
        for known in next((list(group) for _, group in by_position), []):
            try:
                return known, convert(known, raw)
            except ParlourError as error:
                if error.kind is not PARAMETER_VALUE_INVALID:
                    raise
                refusal = refusal or error
        raise refusal or ParlourError(ARGUMENT_SURPLUS, spelling(raw), value=spelling(raw))

    def _is_free(self, known: Parameter) -> bool:
        possible = any(known.is_in(name) for name in self.sets)
        return known.position is not None and known.name not in self.bound and possible

    def _rank(self, known: Parameter) -> tuple[int, int]:
        """Positions count in the order of the sets, the default set first."""
        return known.position or 0, min(index for index, name in enumerate(self.sets) if known.is_in(name))

    def _assign(self, known: Parameter, raw: RawValue) -> None:
        if known.name in self.bound:
            raise ParlourError(PARAMETER_TWICE, f"-{known.name}", name=known.name)
        if known.unsupported:
            raise ParlourError(
                PARAMETER_UNSUPPORTED, f"-{known.name}", name=known.name, reason=known.unsupported
            )
        self._store(known, convert(known, raw))

    def _store(self, known: Parameter, value: object) -> None:
        remaining = [name for name in self.sets if known.is_in(name)]
        if not remaining:
            others = [one.name for one in self.cmdlet.parameters if one.name in self.bound and one.sets]
            with_them = " or ".join(f"-{name}" for name in others)
            raise ParlourError(
                PARAMETER_SET_UNRESOLVED,
                f"-{known.name}",
                reason=f"-{known.name} cannot be used together with {with_them}",
            )
        self.sets = remaining
        self.bound[known.name] = value


def _value_of(known: Parameter, token: NameToken, pending: deque[Token]) -> RawValue:
    if not isinstance(token.value, Absent):
        return token.value
    if known.type.is_switch:
        return True
    following = pending[0] if pending else None
    if isinstance(following, ValueToken):
        pending.popleft()
        return following.value
    raise ParlourError(PARAMETER_VALUE_ABSENT, f"-{known.name}", name=known.name, type=known.type.name)


def missing(cmdlet: type[Cmdlet], set_name: str, bound: Iterable[str]) -> list[Parameter]:
    """Return the mandatory parameters of a set that are not bound."""
    given = set(bound)
    return [one for one in cmdlet.parameters if one.mandatory and one.is_in(set_name) and one.name not in given]


def resolve_set(cmdlet: type[Cmdlet], sets: Sequence[str], bound: Iterable[str]) -> str:
    """Return the parameter set that is meant, now that everything is bound.

    Raises:
        ParlourError: PARAMETER_MISSING, or PARAMETER_SET_UNRESOLVED when several sets fit and none is the default.
    """
    given = set(bound)
    complete = [name for name in sets if not missing(cmdlet, name, given)]
    if not complete:
        raise _missing_error(cmdlet, sets, given)
    if cmdlet.meta.default_set in complete:
        return cmdlet.meta.default_set
    if len(complete) == 1:
        return complete[0]
    names = ", ".join(complete)
    raise ParlourError(
        PARAMETER_SET_UNRESOLVED, cmdlet.meta.name, reason=f"It is not clear which parameter set is meant ({names})"
    )


def require_possible(cmdlet: type[Cmdlet], sets: Sequence[str], bound: Iterable[str]) -> None:
    """Check that some set can still be completed by pipeline input.

    Raises:
        ParlourError: PARAMETER_MISSING.
    """
    given = set(bound)
    if any(all(one.pipeline is not Pipeline.NONE for one in missing(cmdlet, name, given)) for name in sets):
        return
    raise _missing_error(cmdlet, sets, given)


def _missing_error(cmdlet: type[Cmdlet], sets: Sequence[str], given: set[str]) -> ParlourError:
    default = cmdlet.meta.default_set
    meant = [default] if default is not None and default in sets else list(sets)
    ways = [", ".join(f"-{one.name}" for one in missing(cmdlet, name, given)) for name in meant]
    return ParlourError(PARAMETER_MISSING, cmdlet.meta.name, names="; or ".join(dict.fromkeys(ways)))
