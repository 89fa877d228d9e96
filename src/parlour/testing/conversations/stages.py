"""The stages there are, by name. A new one is one row here."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from parlour.testing.conversations.core_stage import core_stage
from parlour.testing.conversations.stage import Stage
from parlour.testing.conversations.web_stage import web_stage
from parlour.testing.conversations.xccos_stage import xccos_stage

STAGES: dict[str, Callable[[Path], AbstractAsyncContextManager[Stage]]] = {
    "core": core_stage,
    "xccos": xccos_stage,
    "web": web_stage,
}
