"""Faults that nobody foresaw: the log has them under a number, and whoever met one is told no more than that."""

import secrets
from typing import Any

from parlour.errors import UNEXPECTED, ParlourError


def new_incident() -> str:
    """Return a number under which an unexpected error can be found in the log."""
    return secrets.token_hex(4)


def unexpected(log: Any, event: str, fault: BaseException) -> ParlourError:  # noqa: ANN401 - structlog's loggers have no type
    """Log a fault, and return what is said of it.

    Args:
        log: takes it, a structlog logger.
        event: what the log calls it.
        fault: the fault.
    """
    incident = new_incident()
    log.error(event, incident=incident, exc_info=fault)
    return ParlourError(UNEXPECTED, None, incident=incident)
