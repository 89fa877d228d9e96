"""What the guide says: how many people, how many rooms of which size, and what they do in a second.

    | rooms  | number | connected people | of each person | posts a second: users | model 1 | model 2 |
    | small  | 32,000 |               30 |             12 |                 22.22 |   55.56 |   41.67 |
    | medium |  1,067 |              150 |              2 |                  1.67 |   18.52 |   13.89 |
    | large  |     10 |           16,000 |              2 |                  0.15 |    0.03 |    0.28 |

80,000 people have 1.5 endpoints each; 10 of these leave and come again in a second. What the guide adds of presence and
polling is not the chat service's, and is left out.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from benchmarks.crowd.world import PlannedRoom

USERS, ENDPOINTS, JOINS = 80_000, 120_000, 10.0
PER_USER = 1.5  # endpoints
PRESENTERS = 10  # of a large room that is an Auditorium


class Model(StrEnum):
    """Whose chat rates."""

    USER = "user"
    ONE = "1"
    TWO = "2"


class Kind(StrEnum):
    """Rooms by their size."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


KINDS: Sequence[Kind] = tuple(Kind)
SIZES = {Kind.SMALL: 30, Kind.MEDIUM: 150, Kind.LARGE: 16_000}
EACH = {Kind.SMALL: 12, Kind.MEDIUM: 2, Kind.LARGE: 2}  # rooms of a person
RATES = {
    Model.USER: {Kind.SMALL: 22.22, Kind.MEDIUM: 1.67, Kind.LARGE: 0.15},
    Model.ONE: {Kind.SMALL: 55.56, Kind.MEDIUM: 18.52, Kind.LARGE: 0.03},
    Model.TWO: {Kind.SMALL: 41.67, Kind.MEDIUM: 13.89, Kind.LARGE: 0.28},
}


@dataclass(frozen=True, slots=True)
class Load:
    """A pool, or a part of one.

    Attributes:
        users: how many people.
        endpoints: how many clients of theirs.
        sizes: people in a room, by kind.
        rates: posts a second in all rooms of a kind.
        joins: endpoints that come again in a second.
        renewing: as many endpoints as make the same number of renewals and signs of life in a second.
    """

    users: int
    endpoints: int
    sizes: dict[Kind, int]
    rates: dict[Kind, float]
    joins: float
    renewing: int

    @property
    def posts(self) -> float:
        """Posts a second."""
        return sum(self.rates.values())

    @property
    def deliveries(self) -> float:
        """Deliveries a second that come of them."""
        each = self.endpoints / self.users
        return sum(rate * self.sizes[kind] * each for kind, rate in self.rates.items())


def part_of_pool(model: Model, factor: float) -> Load:
    """Return a part of the pool.

    Fewer people in fewer rooms of the same size; but as many large rooms, with fewer people. So everything that happens
    in a second shrinks alike.
    """
    users = max(2, round(USERS * factor))
    rates = {kind: rate * (1 if kind is Kind.LARGE else factor) for kind, rate in RATES[model].items()}
    sizes = {kind: min(users, size) for kind, size in SIZES.items()} | {Kind.LARGE: max(2, round(16_000 * factor))}
    endpoints = round(users * PER_USER)
    return Load(users, endpoints, sizes, rates, JOINS * factor, endpoints)


def full_rates(model: Model, endpoints: int) -> Load:
    """Return as much of everything as the whole pool has in a second, with fewer endpoints.

    There are fewer small and medium rooms, each with more posts. In the two large ones is everybody, and there are so
    many more posts as there are fewer people.
    """
    users = round(endpoints / PER_USER)
    rates = dict(RATES[model])
    rates[Kind.LARGE] *= SIZES[Kind.LARGE] / users
    sizes = {kind: min(users, size) for kind, size in SIZES.items()} | {Kind.LARGE: users}
    return Load(users, endpoints, sizes, rates, JOINS, ENDPOINTS)


def smallest(model: Model) -> Load:
    """Return what is just enough to see that everything works: a handful of people, and some traffic."""
    load = full_rates(model, 60)
    return replace(load, rates={kind: rate / 5 for kind, rate in load.rates.items()}, joins=2.0, renewing=6_000)


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms of a load.

    Attributes:
        plan: all of them.
        kinds: the kind of each, as an index of `KINDS`.
        authors: people who may post in each.
        of_user: the rooms of each person.
    """

    plan: Sequence[PlannedRoom]
    kinds: Sequence[int]
    authors: Sequence[Sequence[int]]
    of_user: Sequence[Sequence[int]]


def rooms_of(load: Load, seed: int = 1) -> Rooms:
    """Put everybody into his rooms; the same for every run."""
    shuffled = random.Random(seed)
    plan: list[PlannedRoom] = []
    kinds: list[int] = []
    authors: list[Sequence[int]] = []
    of_user: list[list[int]] = [[] for _ in range(load.users)]
    for index, kind in enumerate(KINDS):
        for members in _groups(load, kind, shuffled):
            for user in members:
                of_user[user].append(len(plan))
            planned = _planned(kind, len(plan), members)
            plan.append(planned)
            kinds.append(index)
            authors.append(planned.presenters or members)
    return Rooms(plan, kinds, authors, [tuple(one) for one in of_user])


def _groups(load: Load, kind: Kind, shuffled: random.Random) -> Iterator[Sequence[int]]:
    """Divide everybody, as often as each has such rooms."""
    size = load.sizes[kind]
    for _ in range(EACH[kind]):
        everybody = list(range(load.users))
        shuffled.shuffle(everybody)
        for start in range(0, load.users, size):
            yield everybody[start:start + size]


def _planned(kind: Kind, number: int, members: Sequence[int]) -> PlannedRoom:
    """Plan a room: small and medium ones have lists, large ones are Open, and every second of them an Auditorium."""
    name = f"Pool {kind} {number}"
    if kind is not Kind.LARGE:
        return PlannedRoom(name, members)
    return PlannedRoom(name, presenters=members[:PRESENTERS] if number % 2 else ())
