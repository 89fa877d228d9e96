"""Spans of time: as parameters, as text, compared, and in JSON."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.admin.engine import Cmdlet, Kind, Meta, PsObject, parameter, to_text
from parlour.admin.engine.comparison import compare, member, truthy
from parlour.admin.engine.convert import convert
from parlour.admin.engine.formatting import format_values
from parlour.admin.engine.objects import type_name
from parlour.admin.engine.schema import json_schema
from parlour.admin.engine.timespans import parse_timespan, timespan_text
from parlour.admin.engine.utility.conversion import as_json
from parlour.admin.engine.utility.sorting import sort_key
from parlour.errors import ParlourError


class SetInterval(Cmdlet):
    """Takes a time span."""

    meta = Meta("Set-Interval")
    every: timedelta | None = parameter(help="How often.")


(EVERY,) = SetInterval.parameters
SPANS = [
    ("00:15:00", timedelta(minutes=15)),
    ("1.00:00:00", timedelta(days=1)),
    ("30.23:59:59", timedelta(days=30, hours=23, minutes=59, seconds=59)),
    ("00:00:00", timedelta()),
    ("00:00:01.5000000", timedelta(seconds=1.5)),
    ("-00:30:00", timedelta(minutes=-30)),
    ("-2.01:00:00", timedelta(days=-2, hours=-1)),
]


@pytest.mark.parametrize(("text", "span"), SPANS)
def test_spans_are_read_and_written_as_dotnet_does(text: str, span: timedelta) -> None:
    assert (to_text(span), parse_timespan(text)) == (text, span)


@pytest.mark.parametrize(("text", "span"), [
    ("0:15", timedelta(minutes=15)), ("23:59", timedelta(hours=23, minutes=59)), (" 1:2:3 ", timedelta(seconds=3723)),
    ("2.3:04", timedelta(days=2, hours=3, minutes=4)), ("1:02:03:04", timedelta(days=1, seconds=7384)),
    ("00:00:00.25", timedelta(milliseconds=250))])
def test_shorter_forms_are_read(text: str, span: timedelta) -> None:
    assert convert(EVERY, text) == span


@given(st.timedeltas())
def test_every_span_comes_back_from_its_text(span: timedelta) -> None:
    if abs(span) < timedelta(days=10**8):
        assert parse_timespan(timespan_text(span)) == span


@pytest.mark.parametrize("text", [
    "15", "24:00", "00:60:00", "00:00:60", "1.5", "1.24:00:00", "15 minutes", "00:15:00 x", "::", "PT15M",
    "00:00:00.12345678", "٠٠:١٥:٠٠", "1,5"])
def test_what_is_no_span_is_refused(text: str) -> None:
    assert parse_timespan(text) is None
    with pytest.raises(ParlourError) as fault:
        convert(EVERY, text)
    assert fault.value.kind.name == "ParameterValueInvalid"


@given(st.text())
def test_any_text_is_a_span_or_none(text: str) -> None:
    span = parse_timespan(text)
    assert span is None or parse_timespan(timespan_text(span)) == span


def test_a_parameter_takes_spans() -> None:
    assert (EVERY.type.kind, EVERY.type.name) == (Kind.TIMESPAN, "TimeSpan")
    assert convert(EVERY, timedelta(hours=1)) == timedelta(hours=1)
    schema = json_schema(SetInterval)["properties"]["Every"]
    assert (schema["type"], schema["description"]) == ("string", "How often.")


def test_spans_compare_by_length_and_with_text() -> None:
    quarter = timedelta(minutes=15)
    assert compare("lt", quarter, "01:00:00") is True
    assert compare("eq", quarter, "0:15") is True
    assert compare("gt", quarter, timedelta(minutes=16)) is False
    assert compare("eq", quarter, "soon") is False
    with pytest.raises(ParlourError) as fault:
        compare("lt", quarter, "soon")
    assert fault.value.kind.name == "ComparisonInvalid"
    assert sorted(map(parse_timespan, ("2.00:00", "0:01", "-1:00")), key=sort_key) == [
        timedelta(hours=-1), timedelta(minutes=1), timedelta(days=2)]


@pytest.mark.parametrize(("name", "value"), [
    ("Days", 1), ("Hours", 2), ("minutes", 3), ("Seconds", 4), ("TotalMinutes", 1563 + 4 / 60),
    ("TotalSeconds", 93784.0), ("TotalHours", 93784 / 3600), ("TotalDays", 93784 / 86400), ("Weeks", None)])
def test_spans_have_members(name: str, value: float | None) -> None:
    assert member(timedelta(days=1, hours=2, minutes=3, seconds=4), name) == value


def test_parts_of_a_negative_span_are_negative() -> None:
    assert [member(timedelta(days=-1, hours=-2), name) for name in ("Days", "Hours", "Minutes")] == [-1, -2, 0]


def test_spans_are_shown_and_serialized() -> None:
    item = PsObject(("X",), {"Every": timedelta(days=1)})
    assert "1.00:00:00" in format_values([item])[3]
    assert json.loads(json.dumps(as_json(item, 8))) == {"Every": "1.00:00:00"}
    assert type_name(timedelta(1)) == "System.TimeSpan"
    assert truthy(timedelta()) is True  # an object, as in PowerShell
