"""The tables of the README and of docs/explanation/performance.md show what was recorded, and judge it rightly."""

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.figures import Figure, record


def figure(server: str, transport: str, value: float, metric: str = "CPU", target: float | None = None) -> Figure:
    return Figure("rate" if target is None else "pool", server, transport, 1000, metric, "s", value, {}, target)


@pytest.mark.parametrize(("ours", "met"), [(1.4, True), (1.6, False)])
def test_a_figure_is_judged_beside_the_others(ours: float, met: bool) -> None:
    found = report.rows([figure("parlour", "websocket", ours), figure("ejabberd", "xmpp", 3.0)], short=False)
    assert [(row[1], row[5]) for row in found] == [("WebSocket", met)]
    assert f"{ours / 3:.2f} ×" in found[0][4]


def test_a_figure_is_judged_alone() -> None:
    figures = [figure("parlour", "sip", 2, "p99", 2.0), figure("parlour", "sip", 1, "lost", 0)]
    assert [row[5] for row in report.rows(figures, short=False)] == [True, False]
    assert [row[0] for row in report.rows(figures, short=True)] == ["pool: p99"]


def test_a_table_takes_the_place_of_the_one_before() -> None:
    text = f"before\n{report.BEGIN}\n{report.END}\nafter\n"
    once = report.put(text, "one")
    assert report.put(once, "two") == f"before\n{report.BEGIN}\ntwo\n{report.END}\nafter\n"


def test_the_machine_is_named(tmp_path: Path) -> None:
    record([figure("parlour", "sip", 2, "p99", 2.0)], tmp_path)
    assert "1 of 1 met. Measured on 20" in report.table(tmp_path)


@pytest.mark.parametrize(("file", "short"), [(report.README, True), (report.PERFORMANCE, False)])
def test_what_is_shown_is_what_was_recorded(file: Path, short: bool) -> None:
    assert report.put(file.read_text(), report.table(short=short)) == file.read_text()
