"""What people say in a benchmark: words as frequent as in real talk (Zipf), the same in every run.

Some things are planted, to be searched for: a word in a fifth of all messages, a phrase in a tenth, Chinese in a
twentieth, a word and a phrase that a room says three times, and a phrase that it has not said for long.
"""

import random
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

LENGTH = 80  # characters of a message
_WORDS = 24  # as many make that length, and some are cut off
_VOCABULARY = 20_000


def _words(text: str) -> list[str]:
    return text.split()


_COMMON = _words("""
the of and to in is that for it on was with as at be this have from or had by not but what all were when we there can
an your which their if do will each about how up out them then she many some so these would other into has more her two
like him see time could no make than first been its who now people my made over did down only way find use may long
little very after called just where most know get through back much before go good new write our used me man too any
day same right look think also around another come work three word must because does part even place well such here
take why things help put years different away again off went old number great tell say small every found still between
name should home big give air line set own under read last never us left end along while might next seen something
server database network budget report customer meeting release update ticket review backup printer contract invoice
""")
_SYLLABLES = _words("""
ba be bi bo da de di do fa fe fi ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe pi po ra re ri ro sa se si so ta
te ti to va ve vi vo sta tra ing tion ment ter con pro per dis
""")
_CHINESE = _words("我们明天开会 数据库已经更新 会议在三点开始 请查看报告 服务器重启完成")

FREQUENT_PHRASE, COMMON_WORD, CHINESE_WORD = "good morning", "server", "会议"
RARE_WORD, RARE_PHRASE, OLD_PHRASE = "zephyrus", "budget printer", "contract backup"
ABSENT_WORD = "xyzzyx"
_RECENTLY = (100, 400, 800)  # so many messages before a room's last one, the rare things are said
_LONG_AGO = (0.999, 0.995, 0.99)  # at these parts of a room before its end, the old phrase is


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Return all words, and how often each is said, added up."""
    maker = random.Random(2)
    made: dict[str, None] = {}
    while len(made) < _VOCABULARY:
        made["".join(maker.choices(_SYLLABLES, k=maker.randint(2, 4)))] = None
    words = [*_COMMON, *made]
    return words, list(accumulate(1 / (rank + 3) for rank in range(len(words))))


def texts(room: int, first: int, last: int, count: int) -> list[str]:
    """Return what is said in a room from its message `first` to `last`, of `count` that it gets in all."""
    said = random.Random(room << 40 | first)
    planted = {count - before: [RARE_WORD, RARE_PHRASE] for before in _RECENTLY}
    planted |= {int(count * (1 - part)): [OLD_PHRASE] for part in _LONG_AGO}
    return [_message(said, number, planted.get(number, ())) for number in range(first, last + 1)]


def _message(maker: random.Random, number: int, planted: Sequence[str]) -> str:
    known, weights = _vocabulary()
    words = [*planted, *maker.choices(known, cum_weights=weights, k=_WORDS)]
    if number % 10 == 3:
        words.insert(len(planted), FREQUENT_PHRASE)
    if number % 5 == 1:
        words.insert(len(planted), COMMON_WORD)
    if number % 20 == 7:
        words.insert(len(planted), "".join(maker.choices(_CHINESE, k=3)))
    text = " ".join(words)[:LENGTH]
    return text if planted else text.replace(RARE_PHRASE, "budget report").replace(OLD_PHRASE, "contract report")
