"""What every benchmark hands in: figures, recorded as lines of JSON.

`record` appends to `results/DATE.jsonl` (all that was ever measured, by day), and puts the newest figure of each kind
into `results/latest.jsonl`, in place of the one before it. Several benchmarks may write at once.
"""

import fcntl
import json
import os
import platform
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

RESULTS = Path(__file__).parent / "results"
LATEST = "latest.jsonl"
DIGITS = 6  # significant ones of a recorded value
PACKAGES = ("parlour", "sqlalchemy", "uvicorn", "websockets")  # whose versions change what is measured

Kind: TypeAlias = tuple[str, str, str, int | None, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        work: What was done, for example "saturation".
        server: Which server did it: "parlour", "ejabberd", "prosody".
        transport: How its clients reached it, for example "websocket", "sip", "sip-tls", "xmpp"; empty if none did.
        members: How many members the room had; None if that says nothing.
        metric: What was measured, for example "p99".
        unit: The unit of the value, for example "ms".
        value: The value.
        versions: Which versions of what were measured; those of this installation unless said otherwise.
        target: What it should be at most; None if nothing is expected of it alone.
    """

    work: str
    server: str
    transport: str
    members: int | None
    metric: str
    unit: str
    value: float
    versions: Mapping[str, str] = field(default_factory=lambda: versions())
    target: float | None = None

    @property
    def kind(self) -> Kind:
        """What the figure is of: a newer one of the same kind takes its place."""
        return self.work, self.server, self.transport, self.members, self.metric


def versions() -> dict[str, str]:
    """Return the versions of Parlour, and of what it runs on."""
    return {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version,
            **{package: version(package) for package in PACKAGES}}


def machine() -> dict[str, str]:
    """Return what the figures were measured on: processor, number of cores, memory, kernel."""
    processor = _value_of("/proc/cpuinfo", "model name") or platform.machine()
    memory = int((_value_of("/proc/meminfo", "MemTotal") or "0 kB").split()[0])
    return {"processor": processor, "cores": str(os.cpu_count() or 1), "memory": f"{memory / 2**20:.0f} GiB",
            "kernel": platform.release()}


def record(figures: Sequence[Figure], folder: Path = RESULTS) -> None:
    """Append figures to today's file, and put them into the file of the latest ones.

    Args:
        figures: What was measured.
        folder: Where both files are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    lines = {figure.kind: _line(figure, now) for figure in figures}
    with _alone(folder):
        with (folder / f"{now:%Y-%m-%d}.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(_line(figure, now) for figure in figures)
        latest = {_kind_of(json.loads(line)): line for line in _lines(folder / LATEST)} | lines
        fresh = folder / f"{LATEST}.new"
        fresh.write_text("".join(latest[kind] for kind in sorted(latest, key=str)), encoding="utf-8")
        fresh.replace(folder / LATEST)


def latest(folder: Path = RESULTS) -> list[Figure]:
    """Return the newest figure of each kind."""
    names = Figure.__dataclass_fields__
    rows = (json.loads(line) for line in _lines(folder / LATEST))
    return [Figure(**{name: row[name] for name in names}) for row in rows]


def measured_on(folder: Path = RESULTS) -> tuple[str, dict[str, str]]:
    """Return the day of the newest of the latest figures, and what they were measured on."""
    rows = [json.loads(line) for line in _lines(folder / LATEST)]
    newest = max(rows, key=lambda row: str(row["at"]))
    return newest["at"][:10], newest["machine"]


def _line(figure: Figure, at: datetime) -> str:
    rounded = float(f"{figure.value:.{DIGITS}g}")
    row = asdict(figure) | {"value": rounded, "machine": machine(), "at": at.isoformat(timespec="seconds")}
    return json.dumps(row, ensure_ascii=False) + "\n"


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []


def _kind_of(row: Mapping[str, Any]) -> Kind:
    return row["work"], row["server"], row["transport"], row["members"], row["metric"]


def _value_of(file: str, name: str) -> str | None:
    """Return what a file of "name: value" lines says first of a name."""
    found = (line.partition(":")[2].strip() for line in Path(file).read_text(encoding="utf-8").splitlines()
             if line.partition(":")[0].strip() == name)
    return next(found, None)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others from writing meanwhile."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
