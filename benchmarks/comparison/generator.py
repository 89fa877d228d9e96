"""The load generator: compiled when it is first needed, run on its own processor, its figures read."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from benchmarks.comparison import packages
from benchmarks.comparison.processes import GENERATOR_CPU, prefer, put_on

HERE = Path(__file__).parent
SOURCES = HERE / "generator"
SCRIPTS = HERE / "scripts"
CACHE = HERE / ".cache"
_COMPILER = ("gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra")
_PATIENCE = 1800.0  # seconds that no run takes

Row: TypeAlias = Mapping[str, float | str]
"""The figures of one phase, as the generator prints them (`fanout.c`)."""


class GeneratorError(Exception):
    """The generator gave up; its last words are in the text."""


@dataclass(frozen=True, slots=True)
class Visit:
    """How the generator reaches a room of a server.

    Attributes:
        script: name of the script in `scripts/`.
        room: how the script names the room.
        options: options of the generator by name.
        descriptors: sockets that it takes over.
    """

    script: str
    room: str
    options: Mapping[str, str | int | Path]
    descriptors: Sequence[int] = ()


def has_tls() -> bool:
    """Say whether the generator can speak TLS here."""
    return Path("/usr/include/openssl/ssl.h").exists()


def program() -> Path:
    """Return the compiled generator; compile it if its sources are new.

    Raises:
        MissingError: there is no compiler, and this process may not install it.
    """
    sources = sorted(SOURCES.glob("*.[ch]"))
    known = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    built = CACHE / f"fanout-{known}{'-tls' * has_tls()}"
    if not built.exists():
        if shutil.which(_COMPILER[0]) is None:
            packages.need(["gcc", "libc6-dev"])
        CACHE.mkdir(exist_ok=True)
        fresh = built.with_name(f"{built.name}.new")
        code = [str(source) for source in sources if source.suffix == ".c"]
        tls = ("-DWITH_TLS", "-lssl", "-lcrypto") if has_tls() else ()
        subprocess.run([*_COMPILER, "-o", str(fresh), *code, *tls, "-lm"], check=True)  # noqa: S603 - our own sources
        fresh.replace(built)
    return built


def run(visit: Visit, options: Mapping[str, object]) -> dict[str, Row]:
    """Run the generator.

    Args:
        visit: where.
        options: what it does: options by name, without hyphens at the beginning.

    Returns:
        The figures of each phase.

    Raises:
        GeneratorError: it gave up.
    """
    given = {"room": visit.room, **visit.options, **options}
    command = [str(program()), str(SCRIPTS / visit.script)]
    for name, value in given.items():
        command += [f"--{name}", str(value)]

    def settle() -> None:
        put_on(GENERATOR_CPU)
        prefer()

    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
            timeout=_PATIENCE, pass_fds=tuple(visit.descriptors), preexec_fn=settle)
    except subprocess.TimeoutExpired as fault:
        raise GeneratorError(f"it did not end within {_PATIENCE:.0f} s") from fault
    if done.returncode:
        raise GeneratorError(done.stderr.strip() or f"exit status {done.returncode}")
    return {str(row["phase"]): row for row in map(json.loads, done.stdout.splitlines())}


@contextmanager
def lines(folder: Path, name: str, texts: Sequence[str]) -> Iterator[Path]:
    """Have texts in a file, one a line, for the generator to read."""
    file = folder / name
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    try:
        yield file
    finally:
        file.unlink()
