"""Writes what the parser reads: for the recorder, and for what the runner says when something goes wrong."""

from parlour.testing.conversations import grammar
from parlour.testing.conversations.forms import Form
from parlour.testing.conversations.script import Act, NothingMore, Sees, Step
from parlour.testing.conversations.values import Sight, Values, Watchers


def written(step: Step) -> list[str]:
    """Return the lines of a step."""
    match step:
        case Act():
            return written_act(step)
        case Sees(watchers=watchers, sight=sight, may=may):
            before = grammar.MAY_SEE if may else _by_number(grammar.SEES, watchers)
            return _lines((before, {"watchers": watchers}), _of_sight(sight))
        case NothingMore(watchers=watchers):
            return _lines((_by_number(grammar.NOTHING_MORE, watchers), {"watchers": watchers}))


def written_act(act: Act) -> list[str]:
    """Return the lines of an act, with its answer or refusal."""
    parts = [(act.verb.form, act.values)]
    if act.answers and act.verb.answer:
        parts.append((act.verb.answer, {act.verb.answer_slot: act.answer}))
    return _lines(*parts) + ([f"{act.actor} is refused: {act.refusal}"] if act.refusal else [])


def written_answer(act: Act, answer: object) -> str:
    """Return an answer as the script would write it, in one line."""
    form = act.verb.answer
    return "\n".join(_lines((form, {act.verb.answer_slot: answer}))).strip() if form else ""


def written_sight(sight: Sight) -> str:
    """Return what was seen as the script would write it."""
    if sight.verb not in grammar.SIGHTS:
        return f"something that scripts have no words for: {sight}"
    return "\n".join(_lines(_of_sight(sight)))


def _of_sight(sight: Sight) -> tuple[Form, Values]:
    values = {"people": sight.people, "person": "".join(sorted(sight.people)), "room": sight.room, "text": sight.text,
              "duty": sight.text, "name": sight.title, "gone": sight.gone}
    return grammar.SIGHTS[sight.verb], values


def _by_number(forms: tuple[Form, ...], watchers: Watchers) -> Form:
    """Return the form for one, or the form for many."""
    return forms[len(watchers.endpoints) > 1]


def _lines(*parts: tuple[Form, Values]) -> list[str]:
    pieces, below = list[str](), list[str]()
    for form, values in parts:
        text, block = form.write(values)
        pieces.append(text)
        below += block
    return ["".join(pieces) + (":" if below else ""), *below]
