"""The error registry, and whether everybody who raises one of its errors gives what its text needs."""

import ast
import string
from pathlib import Path

import pytest

import parlour
from parlour import errors
from parlour.errors import REGISTRY, Category, ErrorKind, ParlourError

SOURCES = sorted(Path(parlour.__file__).parent.rglob("*.py"))
BY_CONSTANT = {name: row for name, row in vars(errors).items() if isinstance(row, ErrorKind)}
ROWS = pytest.mark.parametrize("row", REGISTRY.values(), ids=REGISTRY)


def placeholders(row: ErrorKind) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(row.text) if name}


@ROWS
def test_every_row_is_whole(row: ErrorKind) -> None:
    assert row.name.isascii()
    assert row.name.isalnum()
    assert row.name[0].isupper()
    assert isinstance(row.category, Category)
    assert 400 <= row.sip <= 699
    assert 400 <= row.xccos <= 599
    assert 400 <= row.http <= 599


@ROWS
def test_every_text_is_a_sentence(row: ErrorKind) -> None:
    assert row.text.strip() == row.text
    assert row.remedy.strip() == row.remedy


@ROWS
def test_every_text_can_be_filled(row: ErrorKind) -> None:
    fault = ParlourError(row, "target", **{name: f"<{name}>" for name in placeholders(row)})
    for name in placeholders(row):
        assert f"<{name}>" in str(fault)
    assert str(fault).endswith(row.remedy)
    assert fault.target == "target"


def test_every_row_has_a_constant_of_its_own() -> None:
    assert {row.name for row in BY_CONSTANT.values()} == set(REGISTRY)
    assert len(BY_CONSTANT) == len(REGISTRY)


def test_texts_that_contain_braces_do_no_harm() -> None:
    fault = ParlourError(errors.SIP_ADDRESS_INVALID, address="{reason}{0}", reason="{address}")
    assert '"{reason}{0}"' in str(fault)


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        errors._row("SipAddressInvalid", Category.INVALID_DATA, 400, 400, 400, "again")  # noqa: SLF001


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_whoever_raises_an_error_gives_what_its_text_needs(path: Path) -> None:
    for call in _raised(ast.parse(path.read_text())):
        kind, given = call.args[0], {keyword.arg for keyword in call.keywords}
        if isinstance(kind, ast.Name) and kind.id in BY_CONSTANT and None not in given:
            assert placeholders(BY_CONSTANT[kind.id]) <= given, f"{path.name}:{call.lineno}"


def _raised(tree: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "ParlourError"]
