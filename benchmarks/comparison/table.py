"""The figures of a comparison as Markdown: what each server did, how Parlour compares, and which targets are met."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.comparison.targets import EJABBERD, PARLOUR, TARGETS, Target, judge
from benchmarks.comparison.work import HISTORY, JOIN, POSTS, RATE, SATURATION
from benchmarks.figures import Figure, machine

_NONE = "–"
_FAULTS = ("lost", "doubled", "out of order")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    Attributes:
        title: its title.
        work, metric: what it shows.
        form: how, as of `format`.
    """

    title: str
    work: str
    metric: str
    form: str


_ROOMS = (
    Column("join s", JOIN, "time", ".2f"),
    Column("its CPU, ms a client", JOIN, "CPU", ".2f"),
    Column("deliveries/s at saturation", SATURATION, "deliveries", ",.0f"),
    Column("CPU-s per 100,000", SATURATION, "CPU", ".2f"),
    Column("generator % of a core", SATURATION, "share of generator", ".0f"),
    Column("CPU-s per 100,000 at a fixed rate", RATE, "CPU", ".2f"),
    Column("p50 ms", RATE, "p50", ".1f"),
    Column("p99 ms", RATE, "p99", ".1f"),
    Column("generator %", RATE, "share of generator", ".0f"),
    Column("others %", RATE, "share of others", ".0f"),
    Column("KiB a client", JOIN, "memory per client", ".0f"),
)
_OTHER = (
    Column("posts/s of one client", POSTS, "posts", ",.0f"),
    Column("CPU-s per 100,000 posts", POSTS, "CPU", ".1f"),
    Column("generator %", POSTS, "share of generator", ".0f"),
    Column("last 100 messages, ms", HISTORY, "page", ".2f"),
    Column("its CPU, ms", HISTORY, "CPU", ".2f"),
)
_RATIOS = tuple(column for column in _ROOMS if "%" not in column.title)


class Board:
    """The figures by what they are of."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self.all = list(figures)
        self._known = {figure.kind: figure.value for figure in self.all}
        self.sides = list(dict.fromkeys((figure.server, figure.transport) for figure in self.all))
        self.sizes = sorted({figure.members for figure in self.all if figure.work == RATE and figure.members})

    def value(self, side: tuple[str, str], members: int, column: Column) -> float | None:
        """Return a figure."""
        return self._known.get((column.work, *side, members, column.metric))

    def shown(self, side: tuple[str, str], members: int, column: Column) -> str:
        """Return a figure as it is shown."""
        value = self.value(side, members, column)
        return _NONE if value is None else format(value, column.form)

    def faults(self, side: tuple[str, str], members: int) -> str:
        """Return what went wrong, of everything that was delivered."""
        known = [[self._known.get((work, *side, members, fault)) for work in (SATURATION, RATE)] for fault in _FAULTS]
        if all(value is None for values in known for value in values):
            return _NONE
        return "/".join(f"{sum(value or 0 for value in values):.0f}" for values in known)

    def alone(self, side: tuple[str, str], column: Column) -> str:
        """Return a figure of a work that is done in one size only."""
        wanted = (*side, column.work, column.metric)
        found = [figure.value for figure in self.all
                 if (figure.server, figure.transport, figure.work, figure.metric) == wanted]
        return format(found[0], column.form) if found else _NONE


def tables(figures: Sequence[Figure]) -> str:
    """Write everything that was measured."""
    board = Board(figures)
    return "\n\n".join(filter(None, (
        _head(figures), _rooms(board), _others(board), _ratios(board), _verdicts(figures)))) + "\n"


def _head(figures: Sequence[Figure]) -> str:
    known = machine()
    versions = {name: version for figure in figures for name, version in figure.versions.items()}
    return (f"{known['cores']} × {known['processor']}, {known['memory']}, Linux {known['kernel']}; "
            + ", ".join(f"{name} {version}" for name, version in sorted(versions.items())))


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(titles)
    lines = [heads, ["---"] * len(heads), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _rooms(board: Board) -> str:
    rows = ([*side, f"{size:,}", *(board.shown(side, size, column) for column in _ROOMS), board.faults(side, size)]
            for side in board.sides for size in board.sizes)
    return _table(("server", "transport", "members", *(column.title for column in _ROOMS), "lost/doubled/order"),
                  (row for row in rows if set(row[3:]) != {_NONE}))


def _others(board: Board) -> str:
    rows = ([*side, *(board.alone(side, column) for column in _OTHER)] for side in board.sides)
    kept = [row for row in rows if set(row[2:]) != {_NONE}]
    return _table(("server", "transport", *(column.title for column in _OTHER)), kept) if kept else ""


def _ratios(board: Board) -> str:
    """Write Parlour's figures as multiples of ejabberd's."""
    others = [side for side in board.sides if side[0] == EJABBERD]
    ours = [side for side in board.sides if side[0] == PARLOUR]
    if not others or not ours:
        return ""
    rows = ([transport, f"{size:,}", *_multiples(board, (server, transport), others[0], size)]
            for server, transport in ours for size in board.sizes)
    return f"Parlour, as multiples of {EJABBERD}:\n\n" + _table(
        ("transport", "members", *(column.title for column in _RATIOS)), rows)


def _multiples(board: Board, ours: tuple[str, str], other: tuple[str, str], size: int) -> Iterator[str]:
    for column in _RATIOS:
        a, b = board.value(ours, size, column), board.value(other, size, column)
        yield _NONE if a is None or not b else f"{a / b:.2f}"


def _verdicts(figures: Sequence[Figure]) -> str:
    return _table(("target", "transport", "members", "wanted", "reached", "met"),
                  (_verdict(target, figures) for target in TARGETS))


def _verdict(target: Target, figures: Sequence[Figure]) -> list[str]:
    verdict = judge(target, figures)
    start = [f"{target.work}: {target.metric}", target.transport, f"{target.members:,}", target.wording]
    if verdict is None:
        return [*start, _NONE, "not measured"]
    reached = f"{verdict.figure.value:,.4g} {verdict.figure.unit}"
    if verdict.ratio is not None:
        reached = f"{verdict.ratio:.2f} ({reached})"
    return [*start, reached, "met" if verdict.is_met else "**not met**"]
