"""Reading and writing scripts."""

from pathlib import Path

import pytest

from parlour.testing.conversations import Endpoint, ScriptError, Sight, parse
from parlour.testing.conversations.grammar import VERBS, Verb
from parlour.testing.conversations.script import Act, NothingMore, Sees, Step
from parlour.testing.conversations.values import CategoryPlan, Kin, Principal, Quote, RoomPlan, Watchers
from parlour.testing.conversations.writer import written

SCRIPTS = sorted(Path(__file__).parents[1].glob("conversations/*.chat"))


def step(text: str) -> Step:
    (only,) = parse(text).steps
    return only


def act(text: str) -> Act:
    found = step(text)
    assert isinstance(found, Act)
    return found


def sight(text: str) -> Sight:
    found = step(text)
    assert isinstance(found, Sees)
    return found.sight


def without_line(found: Step) -> object:
    """Return a step as a value that does not tell where it stood."""
    match found:
        case Act(_, verb, values, answers, answer, refusal):
            return verb, values, answers, answer, refusal
        case Sees(_, watchers, seen, may):
            return watchers, seen, may
        case NothingMore(_, watchers):
            return watchers


def verb(name: str) -> Verb:
    return next(one for one in VERBS if one.name == name)


# --- what is done ----------------------------------------------------------------------------------------------------
def test_reads_what_somebody_does() -> None:
    found = act('alice joins "Town hall"')
    assert (found.verb, found.values) == (verb("join"), {"who": Endpoint("alice"), "room": "Town hall"})
    assert (found.line, found.actor, found.answers, found.refusal) == (1, "alice", False, "")


@pytest.mark.parametrize("pronoun", ["his", "her", "their"])
def test_reads_devices(pronoun: str) -> None:
    assert act(f'bob on {pronoun} phone joins "A"').values["who"] == Endpoint("bob", "phone")


def test_reads_what_comes_of_it() -> None:
    assert act('bob joins "A" and meets alice and carol').answer == frozenset({"alice", "carol"})
    assert act('bob joins "A" and meets nobody').answer == frozenset()
    assert act('bob looks for rooms and finds "A, B" and "C and D"').answer == frozenset({"A, B", "C and D"})
    nothing = act("bob looks for rooms and finds nothing")
    assert (nothing.answers, nothing.answer) == (True, frozenset())


def test_a_refusal_belongs_to_the_act_before_it() -> None:
    assert act('bob joins "A"\nbob is refused: NotAMember').refusal == "NotAMember"
    assert act('administrator deletes "A"\nadministrator is refused: ChatRoomNotFound').refusal == "ChatRoomNotFound"


def test_reads_texts_in_quotes_with_their_escapes() -> None:
    assert act(r'bob says "a \"b\" \\n \n\t\r \u{1F600} ü" in "A"').values["text"] == 'a "b" \\n \n\t\r \U0001f600 ü'


def test_reads_texts_word_for_word() -> None:
    text = 'bob says this in "A":\n    | one\n    |\n\n    # a comment\n    |   "two" \\n \n'
    assert act(text).values["text"] == 'one\n\n  "two" \\n '


def test_reads_messages() -> None:
    found = act('bob reads the last 3 messages of "A" and finds these:\n'
                '  alice: "one"\n  carol:\n    | two\n    | lines')
    assert found.values["count"] == 3
    assert found.answer == (Quote("alice", "one"), Quote("carol", "two\nlines"))


# --- the scene -------------------------------------------------------------------------------------------------------
def test_reads_rooms() -> None:
    alice, staff = Principal(Kin.PERSON, "alice"), Principal(Kin.GROUP, "Staff; and more")
    found = act('room "A" in "B": closed, auditorium; members alice, group "Staff; and more"; presenters alice; '
                'managers everyone; description "x; y"')
    assert found.values == {"room": "A", "category": "B", "room_plan": RoomPlan(
        "Closed", "Auditorium", description="x; y", members=(alice, staff), presenters=(alice,),
        managers=(Principal(Kin.EVERYONE),))}


def test_reads_categories() -> None:
    found = act('category "B": allows everyone and domain "x.org"; denies nobody; '
                'creators container "Sales"; history off')
    assert found.values["category_plan"] == CategoryPlan(
        (Principal(Kin.EVERYONE), Principal(Kin.DOMAIN, "x.org")), (), (Principal(Kin.CONTAINER, "Sales"),), False)


def test_comments_and_blank_lines_say_nothing() -> None:
    assert [found.line for found in parse('# one\n\nalice leaves "A"\n  # two\nalice leaves "A"\n').steps] == [3, 5]


def test_says_where_it_makes_sense() -> None:
    script = parse("only over core and web, because of the wire", "name")
    assert (script.name, script.only_over, script.because) == ("name", ("core", "web"), "of the wire")
    assert script.suits("core")
    assert not script.suits("xccos")
    assert parse("people: alice").suits("xccos")


# --- what is seen ----------------------------------------------------------------------------------------------------
def test_reads_what_is_seen() -> None:
    assert sight('alice sees bob join "A"') == Sight("join", frozenset({"bob"}), "A")
    assert sight('alice sees bob and carol leave "A"') == Sight("leave", frozenset({"bob", "carol"}), "A")
    assert sight('alice sees bob say "hi" in "A"') == Sight("say", frozenset({"bob"}), "A", "hi")
    assert sight('alice sees bob say this in "A":\n | hi') == Sight("say", frozenset({"bob"}), "A", "hi")
    assert sight('alice sees bob become manager in "A"') == Sight("become", frozenset({"bob"}), "A", "manager")
    assert sight('alice sees bob unpin "x" in "A"') == Sight("unpin", frozenset({"bob"}), "A", "x")
    assert sight('alice sees that "A" is changed') == Sight("change", frozenset(), "A")


@pytest.mark.parametrize(("text", "watchers"), [
    ("alice sees", Watchers((Endpoint("alice"),))),
    ("alice and bob on his phone see", Watchers((Endpoint("alice"), Endpoint("bob", "phone")))),
    ("everyone sees", Watchers()),
    ('everyone in "A" sees', Watchers(room="A")),
])
def test_reads_who_sees_it(text: str, watchers: Watchers) -> None:
    assert step(f'{text} bob join "A"') == Sees(1, watchers, Sight("join", frozenset({"bob"}), "A"))
    assert step(f"{text} nothing more") == NothingMore(1, watchers)


def test_reads_what_may_be_seen_and_that_there_is_no_more() -> None:
    maybe = step('alice may see bob join "A"')
    assert isinstance(maybe, Sees)
    assert maybe.may
    assert step("nobody sees anything more") == NothingMore(1, Watchers())


# --- what is wrong ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "line", "reason"), [
    ('alice shouts "x"', 1, 'after "alice": expected .*"joins" or "leaves" or "says".*; found "shouts "x""'),
    ('alice joins "A', 1, 'after "alice joins": expected a name in quotes'),
    ('alice joins "A" today', 1, 'expected the end of the line or "and meets"; found "today"'),
    ("\n\n    | text", 3, "indented"),
    ('alice joins "A"\n    | text', 2, "does not end with a colon"),
    ('alice joins "A":\n    | text', 2, "takes no lines below"),
    ('alice says this in "A"', 1, '"this" stands for indented lines'),
    ('alice says this in "A":\n    text', 2, 'begins with "| "'),
    ('alice reads the last 1 messages of "A" and finds these:\n    | text', 2, "expected a message"),
    ('alice reads the last 1 messages of "A" and finds these:\n    bob:', 2, "expected what bob says"),
    ('alice reads the last 1 messages of "A" and finds these:\n    bob: "\\x"', 2, "has no meaning"),
    ('alice says "\\x" in "A"', 1, "has no meaning"),
    ('alice says "\\u{110000}" in "A"', 1, "is no character"),
    ("alice looks for rooms", 1, "what comes of it"),
    ("bob is refused: NotAMember", 1, "nothing that could be refused"),
    ('alice joins "A"\nbob is refused: NotAMember', 2, "bob does nothing that could be refused"),
    ('alice joins "A" and meets bob\nalice is refused: NotAMember', 2, "has its answer already"),
    ('alice sees bob join "A"\nbob is refused: NotAMember', 2, "nothing that could be refused"),
    ('room "A" in "B": sunny', 1, '"sunny" is none of: open, closed'),
    ('room "A" in "B": open, closed', 1, "contradicts itself"),
    ('room "A" in "B": open; closed', 1, "says again"),
    ('room "A" in "B": open; members "x"', 1, 'after "members": expected people'),
    ('room "A" in "B": open; description x', 1, 'after "description": expected a text in quotes'),
    ('everyone joins "A"', 1, 'after "everyone": expected'),
    ("only over core", 1, 'expected ", because"'),
    ("only over core, because x\nonly over core, because x", 2, "said twice"),
    ("only over core, because", 1, "expected"),
])
def test_says_what_is_wrong_and_where(text: str, line: int, reason: str) -> None:
    with pytest.raises(ScriptError, match=reason) as fault:
        parse(text)
    assert fault.value.line == line


# --- writing ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_writes_what_it_reads(path: Path) -> None:
    for found in parse(path.read_text(encoding="utf-8")).steps:
        lines = written(found)
        assert without_line(step("\n".join(lines))) == without_line(found), lines


def test_every_verb_can_be_written() -> None:
    samples = {
        "who": Endpoint("alice", "phone"), "people": frozenset({"bob", "carol"}), "principals": (
            Principal(Kin.PERSON, "bob"), Principal(Kin.GROUP, 'a "b" and c'), Principal(Kin.EVERYONE)),
        "room_plan": RoomPlan("Secret", "Normal", True, False, "d", (Principal(Kin.DOMAIN, "x.org"),)),
        "category_plan": CategoryPlan((), history=False, files=True, description="; x"), "count": 5, "list": "managers",
        "manner": "an auditorium", "text": "one\n  two\n\nthree", "messages": (Quote("bob", "x\ny"), Quote("bob", " ")),
        "rooms": frozenset({'"A"', "B"}), "names": frozenset({"a, b", "c and d"}), "person": "dora"}
    for one in VERBS:
        values = {slot: samples.get(slot, f'a "{slot}"\t') for slot in one.form.slots}
        answer = samples[one.answer_slot] if one.answer else None
        wanted = Act(0, one, values, one.answer is not None, answer)
        assert without_line(step("\n".join(written(wanted)))) == without_line(wanted)


@pytest.mark.parametrize("seen", [
    Sight("tell", frozenset({"bob"}), "A", "one\ntwo", 'A "title"'), Sight("alert", frozenset({"bob"}), "A", "x"),
    Sight("resume", frozenset({"alice", "bob"}), "A", gone=frozenset({"carol"})),
    Sight("resume", frozenset({"alice"}), "A")])
def test_every_sight_can_be_written(seen: Sight) -> None:
    lines = written(Sees(0, Watchers((Endpoint("dora"),)), seen))
    assert sight("\n".join(lines)) == seen


@pytest.mark.parametrize("text", [
    "", " ", "a\nb", "a\n\nb\n", "a \nb", "\ta\nb", "a\r\nb", "\u2028", "\u200b\nx", "\\", '"', "| x", "# x",
    "\x00\U0010ffff"])
def test_every_text_can_be_written(text: str) -> None:
    seen = Sees(0, Watchers((Endpoint("bob"),)), Sight("say", frozenset({"bob"}), text, text))
    assert sight("\n".join(written(seen))) == seen.sight
    read = Act(0, verb("read"), {"who": Endpoint("bob"), "count": 1, "room": "A"}, True, (Quote("bob", text),) * 2)
    assert act("\n".join(written(read))).answer == read.answer
