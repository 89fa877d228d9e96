"""Conversations from the command line: ``python -m parlour.testing.conversations check | play | record``."""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import TextIO

import structlog

from parlour.sipclient import ClientError
from parlour.testing.conversations.parser import Gatherer, parse_step, read_script
from parlour.testing.conversations.recorder import Recorder
from parlour.testing.conversations.runner import play
from parlour.testing.conversations.script import Act
from parlour.testing.conversations.stage import CannotError, RefusedAct, Stage
from parlour.testing.conversations.stages import STAGES
from parlour.testing.conversations.values import ScriptError


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 something is otherwise than a script says."""
    given = _parser().parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
                        logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    return int(given.run(given))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m parlour.testing.conversations", description=__doc__)
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser("check", help="only read scripts")
    check.add_argument("scripts", nargs="+", type=Path)
    check.set_defaults(run=_check)
    plays = commands.add_parser("play", help="play scripts on a fresh deployment")
    plays.add_argument("scripts", nargs="+", type=Path)
    plays.add_argument("--over", choices=STAGES, default="core", help="the stage")
    plays.set_defaults(run=_play)
    record = commands.add_parser("record", help="do what is written, and write down what everyone sees")
    record.add_argument("script", nargs="?", type=Path, help="what is done, or a whole script; else standard input")
    record.add_argument("--over", choices=STAGES, default="core", help="the stage")
    record.add_argument("--to", type=Path, help="the script that is written; else standard output")
    record.set_defaults(run=_record)
    return parser


def _say(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()


def _complain(fault: Exception, path: Path | None = None) -> None:
    place = f"{path}: " if path else ""
    _say(sys.stderr, "\n".join([f"{place}{fault}", *getattr(fault, "__notes__", ())]))


def _each(scripts: Iterable[Path], work: Callable[[Path], str]) -> int:
    """Do something with each script; returns 1 if it went wrong with one of them."""
    status = 0
    for path in scripts:
        try:
            _say(sys.stdout, f"{path}: {work(path)}")
        except (OSError, ScriptError, AssertionError, ClientError) as fault:
            _complain(fault, path)
            status = 1
    return status


def _check(given: argparse.Namespace) -> int:
    return _each(given.scripts, lambda path: f"{len(read_script(path).steps)} steps")


def _play(given: argparse.Namespace) -> int:
    def work(path: Path) -> str:
        script = read_script(path)
        if not script.suits(given.over):
            return f"not for {given.over}: {script.because}"
        asyncio.run(_played(path, given.over))
        return "as written"
    return _each(given.scripts, work)


async def _played(path: Path, stage: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with STAGES[stage](Path(folder)) as place:
            await play(read_script(path), place)


# --- recording -----------------------------------------------------------------------------------------------------
def _record(given: argparse.Namespace) -> int:
    source = given.script.open(encoding="utf-8") if given.script else sys.stdin
    target = given.to.open("w", encoding="utf-8") if given.to else sys.stdout
    try:
        return asyncio.run(_recorded(source, target, given.over))
    finally:
        for file, path in ((source, given.script), (target, given.to)):
            if path:
                file.close()


async def _recorded(source: TextIO, target: TextIO, stage: str) -> int:
    """Record until the end of `source`; at a terminal, mistakes can be made good, elsewhere they end it."""
    with tempfile.TemporaryDirectory() as folder:
        async with STAGES[stage](Path(folder)) as place:
            recorder = Recorder(place, lambda line: _say(target, line))
            try:
                async for act in _acts(source):
                    await _perform(recorder, act, may_err=source.isatty())
            except (ScriptError, CannotError) as fault:
                _complain(fault)
                return 1
            await recorder.finish()
    return 0


async def _acts(source: TextIO) -> AsyncIterator[Act]:
    """Read what is done; what is seen and refused is found out anew."""
    gatherer = Gatherer()
    while line := await asyncio.to_thread(source.readline):  # the stage lives on while somebody types
        for statement in _whole(gatherer, line, source):
            yield statement
    for found in gatherer.finish():
        if isinstance(step := parse_step(found), Act):
            yield step


def _whole(gatherer: Gatherer, line: str, source: TextIO) -> list[Act]:
    try:
        steps = [parse_step(found) for found in gatherer.feed(line)]
    except ScriptError as fault:
        if not source.isatty():
            raise
        _complain(fault)
        return []
    return [step for step in steps if isinstance(step, Act)]


async def _perform(stage: Stage, act: Act, *, may_err: bool) -> None:
    try:
        await stage.perform(act.verb, act.values)
    except RefusedAct:
        pass  # that is written down
    except (ScriptError, CannotError) as fault:
        if not may_err:
            raise
        _complain(fault)


if __name__ == "__main__":
    sys.exit(main())
