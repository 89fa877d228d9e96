"""What a terminal gets: texts without anything that a terminal would obey, and progress now and then."""

from collections.abc import Sequence

import pytest

from parlour.admin.engine import Choice, ErrorRecord, Progress, PsObject, Stream, error_record
from parlour.admin.texthost import Style, TextHost
from parlour.errors import PERSON_NOT_FOUND, ParlourError
from parlour.testing import FakeClock

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil"


class _Terminal:
    """Keeps everything."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str, Style]] = []
        self.progressed: list[Progress] = []
        self.asked = ""

    async def show(self, stream: str, text: str, style: Style = Style.PLAIN) -> None:
        self.shown.append((stream, text, style))

    async def progress(self, progress: Progress) -> None:
        self.progressed.append(progress)

    async def ask(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int | None:
        self.asked = message
        return default

    @property
    def text(self) -> str:
        return self.asked + "".join(text for _, text, _ in self.shown)


@pytest.fixture
def terminal() -> _Terminal:
    return _Terminal()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def host(terminal: _Terminal, clock: FakeClock) -> TextHost:
    return TextHost(terminal, 80, clock=clock)


def _record(name: str) -> ErrorRecord:
    return error_record(ParlourError(PERSON_NOT_FOUND, name, identity=name), "Get-CsUser")


async def test_nothing_that_people_wrote_reaches_a_terminal_as_a_command(host: TextHost, terminal: _Terminal) -> None:
    await host.output(PsObject(("T",), {"Name": EVIL, EVIL: "x"}))
    await host.output(PsObject(("U",), {str(number): EVIL for number in range(6)}))
    await host.output(EVIL)
    await host.output([EVIL, [EVIL]])
    await host.finish()
    await host.error(_record(EVIL))
    for stream in Stream:
        await host.message(stream, EVIL)
    await host.host_line(f"What if: {EVIL}")
    await host.prompt_choice("Confirm", f"Are you sure?\n{EVIL}", [], 0)
    await host.progress(Progress(EVIL, 1, 2, EVIL))
    (progress,) = terminal.progressed
    seen = terminal.text + progress.activity + progress.status
    assert {one for one in seen if not one.isprintable()} == {"\n"}
    assert seen.count("evil") >= 20


async def test_texts_say_what_they_are(host: TextHost, terminal: _Terminal) -> None:
    await host.error(_record("x"))
    for stream in Stream:
        await host.message(stream, "m")
    await host.host_line("What if: l")
    assert [(stream, text.partition(":")[0].partition("\n")[0], style) for stream, text, style in terminal.shown] == [
        ("err", "Get-CsUser ", Style.ERROR), ("err", "WARNING", Style.WARNING), ("err", "VERBOSE", Style.VERBOSE),
        ("err", "DEBUG", Style.DEBUG), ("err", "INFORMATION", Style.PLAIN), ("out", "What if", Style.PLAIN)]


async def test_the_head_of_a_table_stands_out(host: TextHost, terminal: _Terminal) -> None:
    await host.output(PsObject(("T",), {"Name": "a", "Number": 1}))
    await host.finish()
    assert terminal.shown == [
        ("out", "\n", Style.PLAIN), ("out", "Name Number\n---- ------\n", Style.HEADER),
        ("out", "a         1\n\n", Style.PLAIN)]


async def test_progress_is_shown_at_each_whole_per_cent(host: TextHost, terminal: _Terminal) -> None:
    for done in range(1001):
        await host.progress(Progress("a", done, 1000))
    assert [one.done for one in terminal.progressed] == list(range(0, 1001, 10))


async def test_progress_without_an_end_is_shown_now_and_then(
    host: TextHost, terminal: _Terminal, clock: FakeClock
) -> None:
    for done in range(100):
        await host.progress(Progress("a", done))
        clock.advance(0.03125)
    assert [one.done for one in terminal.progressed] == list(range(4, 100, 4))
