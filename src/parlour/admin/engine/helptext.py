"""The help page of a cmdlet, made of its definition."""

import textwrap
from collections.abc import Iterable, Iterator

from parlour.admin.engine.common import COMMON, SHOULD_PROCESS
from parlour.admin.engine.definition import Cmdlet, description, synopsis, syntax
from parlour.admin.engine.parameters import Parameter, Pipeline

_INDENT = "    "
_WIDTH = 100


def help_lines(cmdlet: type[Cmdlet]) -> list[str]:
    """Return the page as Get-Help prints it."""
    return list(_page(cmdlet))


def _page(cmdlet: type[Cmdlet]) -> Iterator[str]:
    meta = cmdlet.meta
    yield from _section("NAME", [meta.name])
    yield from _section("SYNOPSIS", [synopsis(cmdlet)])
    yield from _section("SYNTAX", syntax(cmdlet))
    if text := description(cmdlet):
        yield from _section("DESCRIPTION", [" ".join(part.split()) for part in text.split("\n\n")])
    yield "PARAMETERS"
    for known in (*cmdlet.parameters, *(SHOULD_PROCESS if meta.should_process else ())):
        yield from _parameter(known)
    names = ", ".join(known.name for known in COMMON)
    yield from _indented("<CommonParameters>", 1)
    yield from _indented(f"Every cmdlet has: {names}.", 2)
    yield ""
    for title, values in (("ALIASES", meta.aliases), ("OUTPUTS", meta.outputs), ("ROLES", meta.roles)):
        if values:
            yield from _section(title, [", ".join(values)])
    for number, example in enumerate(meta.examples, 1):
        yield from _section(f"EXAMPLE {number}", [f"PS> {example.code}", example.text])


def _section(title: str, texts: Iterable[str]) -> Iterator[str]:
    yield title
    for text in texts:
        yield from _indented(text, 1)
    yield ""


def _parameter(known: Parameter) -> Iterator[str]:
    yield from _indented(f"-{known.name}" if known.type.is_switch else f"-{known.name} <{known.type.name}>", 1)
    facts = [known.help, *_facts(known)]
    yield from _indented(" ".join(fact for fact in facts if fact), 2)
    yield ""


def _facts(known: Parameter) -> Iterator[str]:
    if known.mandatory:
        yield "Required."
    if known.unsupported:
        yield f"Not supported: {known.unsupported}."
    if known.type.enum is not None:
        yield f"One of: {', '.join(known.type.choices)}."
    if known.position is not None:
        yield f"Position {known.position}."
    if known.pipeline is not Pipeline.NONE:
        ways = {Pipeline.VALUE: "by value", Pipeline.PROPERTY: "by property name"}
        yield f"Pipeline input: {', '.join(text for way, text in ways.items() if known.pipeline & way)}."
    if known.aliases:
        yield f"Alias: {', '.join(known.aliases)}."


def _indented(text: str, level: int) -> list[str]:
    indent = _INDENT * level
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
