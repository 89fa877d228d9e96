"""Rights: every act in every kind of room, against a second statement of the rules."""

import itertools

import pytest
from tests.chat.chat_kit import room

from parlour.chat.model import Privacy, Room, RoomType
from parlour.chat.rights import Act, decide
from parlour.errors import ParlourError

EVERYTHING = list(itertools.product(Act, Privacy, RoomType, (False, True)))


def ruled(act: Act, privacy: Privacy, kind: RoomType, disabled: bool) -> str | None:
    """Say what refuses the act, for somebody who is on no list (reference/product.md sections 2.4 and 4)."""
    hidden = privacy is Privacy.SECRET or (act is Act.SEE and disabled)
    joinable = privacy is Privacy.OPEN
    may_post = kind is RoomType.NORMAL
    return next((name for name, applies in (
        ("ChatRoomNotFound", hidden),
        ("ChatRoomDisabled", disabled),
        ("NotAMember", act is not Act.SEE and not joinable),
        ("NotAPresenter", act is Act.POST and not may_post),
    ) if applies), None)


def refusal(act: Act, subject: Room) -> str | None:
    decision = decide(act, subject)
    return decision.refusal.name if decision.refusal else None


@pytest.mark.parametrize(("act", "privacy", "kind", "disabled"), EVERYTHING)
def test_every_act_in_every_room(act: Act, privacy: Privacy, kind: RoomType, disabled: bool) -> None:
    subject = room(1, privacy, kind, disabled=disabled)
    assert refusal(act, subject) == ruled(act, privacy, kind, disabled)
    assert decide(act, subject).allowed == (refusal(act, subject) is None)
    assert decide(act, subject).rule


@pytest.mark.parametrize(("act", "privacy", "kind", "disabled"), EVERYTHING)
def test_a_refusal_is_raised_and_anything_else_is_not(
    act: Act, privacy: Privacy, kind: RoomType, disabled: bool
) -> None:
    subject = room(1, privacy, kind, disabled=disabled)
    expected = ruled(act, privacy, kind, disabled)
    if expected is None:
        decide(act, subject).enforce(subject)
        return
    with pytest.raises(ParlourError) as fault:
        decide(act, subject).enforce(subject)
    assert fault.value.kind.name == expected
    assert fault.value.target == str(subject.uri)


@pytest.mark.parametrize("act", Act)
def test_a_refusal_never_gives_away_the_name_of_a_secret_room(act: Act) -> None:
    secret = room(1, Privacy.SECRET)
    with pytest.raises(ParlourError) as fault:
        decide(act, secret).enforce(secret)
    assert str(fault.value) == f'There is no room "{secret.uri}".'
