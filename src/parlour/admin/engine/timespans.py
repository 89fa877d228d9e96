"""Spans of time as text, as .NET reads and writes them."""

import re
from datetime import timedelta
from typing import Final

# Days end with a point; a colon does, too, when hours, minutes and seconds follow: without them, it ends the hours.
_SPAN: Final = re.compile(
    r"(?P<minus>-)?((?P<days>[0-9]{1,8})(\.|:(?=[0-9]+:[0-9]+:)))?(?P<hours>[01]?[0-9]|2[0-3]):(?P<minutes>[0-5]?[0-9])"
    r"(:(?P<seconds>[0-5]?[0-9])(\.(?P<fraction>[0-9]{1,7}))?)?")


def parse_timespan(text: str) -> timedelta | None:
    """Read ``[-][d.]hh:mm[:ss[.fffffff]]``; None for anything else."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(found[name] or 0) for name in ("days", "hours", "minutes", "seconds"))
    micros = int((found["fraction"] or "").ljust(6, "0")[:6])
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)
    return -span if found["minus"] else span


def timespan_text(span: timedelta) -> str:
    """Write ``[-][d.]hh:mm:ss[.fffffff]``."""
    size = abs(span)
    hours, seconds = divmod(size.seconds, 3600)
    days = f"{size.days}." if size.days else ""
    fraction = f".{size.microseconds:06}0" if size.microseconds else ""
    return f"{'-' if span < timedelta() else ''}{days}{hours:02}:{seconds // 60:02}:{seconds % 60:02}{fraction}"
