"""What may be declared of pools."""

import pytest
from tests.directory.directory_kit import POOL, Desk

from parlour.directory.poolstates import PoolStanding, PoolState
from parlour.errors import ParlourError

SERVERS = tuple(f"server{number}.litwareinc.com" for number in range(1, 7))
WIDE = PoolStanding("pool.litwareinc.com", PoolState.NORMAL, SERVERS, SERVERS[:2])


def test_four_servers_may_be_active_and_no_more() -> None:
    four = WIDE.with_active(SERVERS[:4])
    assert (four.active, four.inactive) == (SERVERS[:4], SERVERS[4:])
    for wrong, name in ((SERVERS[:5], "ActiveServersTooMany"), (("other.litwareinc.com",), "ServerUnknown")):
        with pytest.raises(ParlourError) as fault:
            WIDE.with_active(wrong)
        assert fault.value.kind.name == name


async def test_what_is_declared_is_kept_for_each_pool(desk: Desk) -> None:
    states = desk.topology.states
    first, other = await states.all()
    assert (first.fqdn, first.state, first.active) == (POOL.name, PoolState.NORMAL, (POOL.name,))
    declared = PoolStanding(POOL.name, PoolState.FAILED_OVER, first.servers, ())
    await states.declare(declared)
    assert await states.all() == [declared, other]
    await states.declare(first)
    assert await states.at(POOL.name) == first
    for call in (states.at("nowhere.litwareinc.com"),
                 states.declare(PoolStanding("nowhere.litwareinc.com", PoolState.NORMAL, (), ()))):
        with pytest.raises(ParlourError) as fault:
            await call
        assert fault.value.kind.name == "PoolUnknown"
