"""The newest figures beside what is expected, as the tables of the README and of docs/explanation/performance.md.

    python -m benchmarks.report [--write]

Prints the tables; with --write, puts them where those files have their marks.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.comparison.targets import TARGETS, Sense, Verdict, judge
from benchmarks.comparison.work import JOIN, POSTS, RATE, SATURATION
from benchmarks.figures import RESULTS, Figure, latest, measured_on

ROOT = Path(__file__).parent.parent
README, PERFORMANCE = ROOT / "README.md", ROOT / "docs" / "explanation" / "performance.md"
BEGIN, END = "<!-- figures: python -m benchmarks.report --write -->", "<!-- end of figures -->"
_SAID = {
    (RATE, "CPU"): "processor time for a delivery, 5,000 a second",
    (RATE, "p99"): "p99 of them",
    (SATURATION, "deliveries"): "deliveries a second at most",
    (POSTS, "posts"): "durable posts a second of one client",
    (JOIN, "time"): "all join one room",
}
_TRANSPORTS = {"websocket": "WebSocket", "sip": "SIP", "tcp": "SIP", "sip-tls": "SIP over TLS", "tls": "SIP over TLS"}
_HEAD = "| what | over | members, clients | wanted | measured | met |\n|---|---|---:|---|---|---|"

Row = tuple[str, str, str, str, str, bool]


def rows(figures: Sequence[Figure], *, short: bool) -> list[Row]:
    """Return a row for each figure of which something is expected: first those beside other servers.

    Args:
        figures: what was measured.
        short: leave out what must not happen at all, and how much longer big rooms take than small ones.
    """
    verdicts = (judge(target, figures) for target in TARGETS)
    alone = (one for one in figures if not short or (one.target != 0 and one.unit != "ratio"))
    return [*(_beside(one) for one in verdicts if one), *_alone(alone)]


def _beside(verdict: Verdict) -> Row:
    target, figure, other = verdict.target, verdict.figure, verdict.other
    measured = _value(figure)
    if verdict.ratio is not None and other is not None:
        measured = f"{verdict.ratio:.2f} × ({measured}; {_value(other)})"
    return (_SAID[target.work, target.metric], _over(figure), f"{target.members:,}", target.wording, measured,
            verdict.is_met)


def _alone(figures: Iterable[Figure]) -> Iterator[Row]:
    for figure in figures:
        if figure.target is not None:
            members = "" if figure.members is None else f"{figure.members:,}"
            yield (f"{figure.work}: {figure.metric}", _over(figure), members,
                   f"{Sense.AT_MOST} {figure.target:,g} {figure.unit}", _value(figure), figure.value <= figure.target)


def _over(figure: Figure) -> str:
    return _TRANSPORTS.get(figure.transport, figure.transport)


def _value(figure: Figure) -> str:
    digits = f"{figure.value:,.0f}" if figure.value >= 1000 else f"{figure.value:.3g}"
    return f"{digits} {figure.unit}"


def table(folder: Path = RESULTS, *, short: bool = False) -> str:
    """Write the table, and under which conditions it was measured."""
    found = rows(latest(folder), short=short)
    day, machine = measured_on(folder)
    lines = "\n".join("| " + " | ".join([*row[:5], "yes" if row[5] else "**no**"]) + " |" for row in found)
    met = sum(row[5] for row in found)
    return (f"{_HEAD}\n{lines}\n\n{met} of {len(found)} met. Measured on {day}: {machine['cores']} cores of "
            f"{machine['processor']}, {machine['memory']}, Linux {machine['kernel']}; "
            f"the server on one core, its clients on the other.")


def put(text: str, content: str) -> str:
    """Return a text with this between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def main(given: Sequence[str] | None = None) -> None:
    """Print the table, or write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put it into the files that show it")
    if not parser.parse_args(given).write:
        print(table())
        return
    for file, short in ((README, True), (PERFORMANCE, False)):
        file.write_text(put(file.read_text(), table(short=short)))


if __name__ == "__main__":
    main()
