"""Bytes in pipelines: one value, never a list of numbers; Base64 where there is only text."""

import json
from base64 import b64encode

import pytest

from parlour.admin.engine.convert import convert
from parlour.admin.engine.definition import Cmdlet, Meta
from parlour.admin.engine.formatting import cell, format_values
from parlour.admin.engine.objects import as_list, is_list, to_text, type_name
from parlour.admin.engine.parameters import Pipeline, parameter
from parlour.admin.engine.schema import json_schema
from parlour.admin.engine.syntax import Number, Word, plain, spelling
from parlour.admin.engine.types import Kind
from parlour.admin.engine.utility.conversion import as_json
from parlour.errors import ParlourError

CONTENT = bytes(range(256))


class SetBytes(Cmdlet):
    """Takes bytes."""

    meta = Meta("Set-Bytes")
    content: bytes | None = parameter(mandatory=True, pipeline=Pipeline.VALUE, help="Them.")


(PARAMETER,) = SetBytes.parameters


def test_bytes_are_one_value() -> None:
    assert not is_list(CONTENT)
    assert as_list(CONTENT) == [CONTENT]
    assert plain(CONTENT) == CONTENT
    assert type_name(CONTENT) == to_text(CONTENT) == spelling(CONTENT) == "System.Byte[]"


def test_the_type_of_the_parameter() -> None:
    assert PARAMETER.type.kind is Kind.BYTES
    assert PARAMETER.syntax() == "-Content <Byte[]>"
    assert json_schema(SetBytes)["properties"]["Content"] == {
        "type": "string", "contentEncoding": "base64", "description": "Them."}


@pytest.mark.parametrize("raw", [
    CONTENT, b64encode(CONTENT).decode(), Word(b64encode(CONTENT).decode()), list(CONTENT),
    [Number(one, str(one)) for one in CONTENT]])
def test_bytes_are_given_as_they_are_as_base64_or_as_numbers(raw: object) -> None:
    assert convert(PARAMETER, raw) == CONTENT


@pytest.mark.parametrize("raw", ["not base64!", "AAA", [1, 256], [-1], ["x"], b"", "", None])
def test_what_is_no_bytes_is_refused(raw: object) -> None:
    with pytest.raises(ParlourError) as refusal:
        convert(PARAMETER, raw)
    assert refusal.value.kind.name == "ParameterValueInvalid"


def test_bytes_on_a_terminal_are_one_short_line() -> None:
    assert format_values([CONTENT]) == ["{0, 1, 2, 3...}"]
    assert cell(b"\x07") == "{7}"


def test_bytes_in_json_are_base64() -> None:
    assert json.loads(json.dumps(as_json(CONTENT, 0))) == b64encode(CONTENT).decode()
