"""Conversations as tests: what people do and what each of them sees, in plain text, played over several stages.

The language is described in ``docs/reference/conversation-scripts.md``.

Example::

    async with core_stage(tmp_path) as stage:
        await play(read_script(Path("town_hall.chat")), stage)
"""

from parlour.testing.conversations.core_stage import CoreStage, core_stage
from parlour.testing.conversations.parser import parse, read_script
from parlour.testing.conversations.runner import ConversationError, play
from parlour.testing.conversations.script import Script
from parlour.testing.conversations.stage import CannotError, RefusedAct, Stage
from parlour.testing.conversations.values import Endpoint, ScriptError, Sight
from parlour.testing.conversations.web_stage import WebStage, web_stage
from parlour.testing.conversations.xccos_stage import XccosStage, xccos_stage

__all__ = [
    "CannotError", "ConversationError", "CoreStage", "Endpoint", "RefusedAct", "Script", "ScriptError", "Sight",
    "Stage", "WebStage", "XccosStage", "core_stage", "parse", "play", "read_script", "web_stage", "xccos_stage",
]
