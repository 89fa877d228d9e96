"""Which pool is meant."""

from sqlalchemy import Connection, select

from parlour.errors import NAME_NEEDS_POOL, POOL_UNKNOWN, ParlourError
from parlour.storage.schema import pools


def pool_named(connection: Connection, wanted: str | None, what: str) -> str:
    """Return the FQDN of the pool that is wanted; of the only one, if none is.

    Raises:
        ParlourError: PoolUnknown; NameNeedsPool for `what` shall be in it, if there are several.
    """
    known = list(connection.execute(select(pools.c.fqdn)).scalars())
    if wanted is None and len(known) > 1:
        raise ParlourError(NAME_NEEDS_POOL, identity=what)
    if wanted is not None and wanted.lower() not in known:
        raise ParlourError(POOL_UNKNOWN, wanted, fqdn=wanted)
    return wanted.lower() if wanted is not None else known[0]
