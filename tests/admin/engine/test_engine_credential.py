"""Credentials as parameters: the ways to write one, and that the password shows nowhere."""

import json
from collections.abc import Sequence

import pytest
from tests.admin.engine.engine_kit import Bench

from parlour.admin.engine import Binding, Cmdlet, Credential, Meta, PsObject, Secret, bind, parameter, to_text
from parlour.admin.engine.argv import parse_words
from parlour.admin.engine.definition import Example
from parlour.admin.engine.helptext import help_lines
from parlour.admin.engine.language import parse_script
from parlour.admin.engine.masking import STARS, bound_text, refused_text
from parlour.admin.engine.objects import HASHTABLE
from parlour.admin.engine.schema import json_schema
from parlour.admin.engine.syntax import Call, NameToken, ValueToken
from parlour.errors import ParlourError

PASSWORD = "Pa$$w0rd, 'quoted'"


class ConnectThing(Cmdlet):
    """Takes a credential."""

    meta = Meta("Connect-Thing", examples=(Example("Connect-Thing", "Connects."),), leaves_traces=True)
    credential: Credential | None = parameter(mandatory=True, help="Who it is.")

    async def process(self) -> None:
        """Tell whose it is."""
        await self.write(to_text(self.credential))


def call_of(source: str | Sequence[str]) -> Call:
    (statement,) = parse_script(source) if isinstance(source, str) else parse_words(source)
    return statement.calls[0]


def bound(source: str | Sequence[str]) -> Binding:
    return bind(ConnectThing, call_of(source))


def given(password: object) -> Call:
    table = PsObject((HASHTABLE,), {"UserName": "alice", "Password": password})  # type: ignore[dict-item]  # any
    return Call("Connect-Thing", (NameToken("Credential"), ValueToken(table)))


SINGLE = PASSWORD.replace("'", "''")


@pytest.mark.parametrize("source", [
    f"Connect-Thing -Credential @{{UserName='alice'; Password='{SINGLE}'}}",
    f"Connect-Thing -Credential @{{password='{SINGLE}'; USERNAME='alice'}}",
    ["Connect-Thing", "-Credential", f"@{{UserName='alice'; Password='{SINGLE}'}}"],
])
def test_a_credential_is_a_name_and_a_password(source: str | Sequence[str]) -> None:
    credential = bound(source).values["credential"]
    assert isinstance(credential, Credential)
    assert (credential.user_name, credential.password.reveal()) == ("alice", PASSWORD)
    assert credential == Credential("alice", Secret(PASSWORD))


@pytest.mark.parametrize("password", ["x", 7, 1.5, True])
def test_a_password_from_json_is_its_text(password: object) -> None:
    credential = bind(ConnectThing, given(password)).values["credential"]
    assert isinstance(credential, Credential)
    assert credential.password.reveal() == to_text(password)


@pytest.mark.parametrize("source", [
    "Connect-Thing -Credential 'geheim'",
    "Connect-Thing -Credential @{Password='geheim'}",
    "Connect-Thing -Credential @{UserName='alice'; Pass='geheim'}",
    "Connect-Thing -Credential @{UserName='alice'; Password='geheim'; Domain='x'}",
    "Connect-Thing -Credential @{UserName=''; Password='geheim'}",
    "Connect-Thing -Credential 'geheim','geheim'",
    ["Connect-Thing", "-Credential", "geheim"],
    ["Connect-Thing", "-Credential", "@{UserName='alice'; Password='geheim"],
    ["Connect-Thing", "-Credential", "{geheim}"],
])
def test_what_is_none_is_refused_without_being_repeated(source: str | Sequence[str]) -> None:
    with pytest.raises(ParlourError) as caught:
        bound(source)
    assert (caught.value.kind.name, caught.value.target) == ("ParameterValueInvalid", STARS)
    assert "geheim" not in str(caught.value)
    assert "geheim" not in repr(refused_text(ConnectThing, call_of(source)))


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_password_is_none(empty: str | None) -> None:
    with pytest.raises(ParlourError, match="neither the user name nor the password"):
        bind(ConnectThing, given(empty))


def test_it_is_masked_wherever_it_could_show() -> None:
    binding = bound("Connect-Thing -Credential @{UserName='alice'; Password='geheim'}")
    credential = binding.values["credential"]
    assert bound_text(binding) == {"Credential": STARS}
    for text in (repr(credential), str(credential), to_text(credential), repr(binding)):
        assert "geheim" not in text
    assert to_text(credential) == "@{UserName=alice; Password=********}"


async def test_a_cmdlet_may_print_it_all_the_same() -> None:
    bench = Bench()
    bench.registry.add(ConnectThing)
    assert await bench.run("Connect-Thing -Credential @{UserName='alice'; Password='geheim'}") == [
        "@{UserName=alice; Password=********}"]


def test_it_is_described_as_an_object_of_two_texts() -> None:
    schema = json_schema(ConnectThing)["properties"]["Credential"]
    assert json.loads(json.dumps(schema)) == {
        "type": "object", "required": ["UserName", "Password"], "additionalProperties": False,
        "properties": {"UserName": {"type": "string"},
                       "Password": {"type": "string", "format": "password", "writeOnly": True}},
        "description": "Who it is."}
    assert any("-Credential <PSCredential>" in line for line in help_lines(ConnectThing))


def test_a_cmdlet_that_leaves_traces_changes_something_whatever_its_verb() -> None:
    assert Meta("Test-Thing", leaves_traces=True).changes
    assert not Meta("Test-Thing").changes
