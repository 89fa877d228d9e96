"""Reads scripts. Whatever is wrong is said with its line, and with what was expected there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from parlour.testing.conversations import grammar
from parlour.testing.conversations.blocks import Line
from parlour.testing.conversations.forms import Form, Match, Source
from parlour.testing.conversations.grammar import Verb
from parlour.testing.conversations.script import Act, NothingMore, Script, Sees, Step
from parlour.testing.conversations.values import ScriptError, Sight, Values, Watchers


@dataclass(frozen=True, slots=True)
class _OnlyOver:
    line: int
    stages: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Refused:
    line: int
    actor: str
    error: str


_Statement = Step | _OnlyOver | _Refused


@dataclass(frozen=True, slots=True)
class _Production:
    """Forms that stand one after the other, and what they make together."""

    forms: tuple[Form, ...]
    make: Callable[[int, Sequence[Values]], _Statement]


def read_script(path: Path) -> Script:
    """Read a script from a file.

    Raises:
        ScriptError: with the line, and what was expected there.
    """
    return parse(path.read_text(encoding="utf-8"), path.stem)


def parse(text: str, name: str = "") -> Script:
    """Read a script.

    Raises:
        ScriptError: with the line, and what was expected there.
    """
    steps: list[Step] = []
    limits: list[_OnlyOver] = []
    for source in sources(text.split("\n")):
        match _read(source):
            case _OnlyOver() as limit:
                limits.append(limit)
            case _Refused() as refused:
                steps.append(_with_refusal(refused, steps.pop() if steps else None))
            case statement:
                steps.append(statement)
    _check_answers(steps)
    if len(limits) > 1:
        raise ScriptError(limits[1].line, '"only over" is said twice')
    stages, reason = (limits[0].stages, limits[0].reason) if limits else ((), "")
    return Script(name, tuple(steps), stages, reason)


def parse_step(source: Source) -> Step | None:
    """Read one statement that does something or says what is seen; None for others: refusals, and limits.

    Raises:
        ScriptError: it is not understood.
    """
    match _read(source):
        case _OnlyOver() | _Refused():
            return None
        case step:
            return step


class Gatherer:
    """Gathers statements: lines, each with the indented lines below it. Blank lines and comments are left out."""

    def __init__(self) -> None:
        self._number = 0
        self._open: Source | None = None  # ends with a colon: more may follow

    def feed(self, line: str) -> list[Source]:
        """Take the next line; return the statements that are whole now.

        Raises:
            ScriptError: the line is indented and belongs to nothing.
        """
        self._number += 1
        bare = line.strip()
        if not bare or bare.startswith("#"):
            return []
        if line[0].isspace():
            self._open = self._with(line)
            return []
        whole = self.finish()
        head = Source(self._number, bare)
        if not bare.endswith(":"):
            return [*whole, head]
        self._open = head
        return whole

    def _with(self, line: str) -> Source:
        if self._open is None:
            raise ScriptError(
                self._number, "the line is indented, but the line it belongs to does not end with a colon")
        text = line.rstrip("\r\n").lstrip()
        return replace(self._open, below=(*self._open.below, Line(self._number, text)))

    def finish(self) -> list[Source]:
        """Return the statement that waited for more lines."""
        last, self._open = self._open, None
        if last is None:
            return []
        return [replace(last, text=last.text.removesuffix(":")) if last.below else last]


def sources(lines: Iterable[str]) -> Iterator[Source]:
    """Gather all statements of a text.

    Raises:
        ScriptError: a line is indented and belongs to nothing.
    """
    gatherer = Gatherer()
    for line in lines:
        yield from gatherer.feed(line)
    yield from gatherer.finish()


def _read(source: Source) -> _Statement:
    attempts: list[Match] = []
    for production in _PRODUCTIONS:
        values, last = _match(production.forms, source)
        if last.expected is None:
            if source.below and not last.took_block:
                raise ScriptError(source.below[0].number, "the statement above takes no lines below it")
            return production.make(source.number, values)
        attempts.append(last)
    raise _not_understood(source, attempts)


def _match(forms: Sequence[Form], source: Source) -> tuple[list[Values], Match]:
    """Fit forms to the whole line; return their values and how the last one tried ended."""
    values: list[Values] = []
    took, found = False, Match({}, 0)
    for form in forms:
        found = form.match(source, found.end)
        took = took or found.took_block
        values.append(found.values)
        if found.expected is not None:
            return values, found
    if found.end < len(source.text):
        return values, replace(found, expected="the end of the line")
    return values, replace(found, took_block=took)


def _not_understood(source: Source, attempts: Sequence[Match]) -> ScriptError:
    """Say what was expected where the line fitted longest."""
    furthest = max(attempt.end for attempt in attempts)
    closest = [attempt for attempt in attempts if attempt.end == furthest]
    if fault := next((attempt.fault for attempt in closest if attempt.fault), ""):
        return ScriptError(source.number, fault)
    expected = " or ".join(dict.fromkeys(attempt.expected or "" for attempt in closest))
    where = f'after "{source.text[:furthest].strip()}"' if furthest else "at the beginning"
    return ScriptError(source.number, f'{where}: expected {expected}; found "{source.text[furthest:].strip()}"')


def _with_refusal(refused: _Refused, before: Step | None) -> Act:
    if not isinstance(before, Act) or before.actor != refused.actor:
        raise ScriptError(refused.line, f"just before, {refused.actor} does nothing that could be refused")
    if before.answers or before.refusal:
        raise ScriptError(refused.line, f"what {refused.actor} does in line {before.line} has its answer already")
    return replace(before, refusal=refused.error)


def _check_answers(steps: Iterable[Step]) -> None:
    for step in steps:
        if isinstance(step, Act) and step.verb.must_answer and not (step.answers or step.refusal):
            form = step.verb.answer
            raise ScriptError(step.line, f'what comes of it? Write "...{form.template if form else ""}"')


# --- what each production makes ----------------------------------------------------------------------------------
def _act(verb: Verb) -> _Production:
    return _Production((verb.form,), lambda line, values: Act(line, verb, values[0]))


def _answered(verb: Verb, answer: Form) -> _Production:
    return _Production(
        (verb.form, answer), lambda line, values: Act(line, verb, values[0], True, values[1][verb.answer_slot]))


def _sees(before: Form, verb: str, form: Form, may: bool) -> _Production:
    return _Production(
        (before, form), lambda line, values: Sees(line, values[0]["watchers"], _sight(verb, values[1]), may))


def _sight(verb: str, values: Values) -> Sight:
    people = values.get("people") or frozenset({values["person"]} if "person" in values else ())
    return Sight(verb, people, values["room"], values.get("text") or values.get("duty") or "",
                 values.get("name", ""), values.get("gone", frozenset()))


def _productions() -> Iterator[_Production]:
    yield _Production((grammar.ONLY_OVER,), lambda line, values: _OnlyOver(line, **values[0]))
    yield _Production((grammar.REFUSED,),
                      lambda line, values: _Refused(line, str(values[0]["who"]), values[0]["error"]))
    yield _Production((grammar.ADMINISTRATOR_REFUSED,),
                      lambda line, values: _Refused(line, "administrator", values[0]["error"]))
    yield _Production((grammar.NOBODY_MORE,), lambda line, _: NothingMore(line, Watchers()))
    for form in grammar.NOTHING_MORE:
        yield _Production((form,), lambda line, values: NothingMore(line, values[0]["watchers"]))
    for verb in grammar.VERBS:
        yield _act(verb)
        if verb.answer:
            yield _answered(verb, verb.answer)
    for name, sight in grammar.SIGHTS.items():
        yield from (_sees(before, name, sight, False) for before in grammar.SEES)
        yield _sees(grammar.MAY_SEE, name, sight, True)


_PRODUCTIONS = tuple(_productions())
