"""Every conversation over every stage where it makes sense."""

from pathlib import Path

import pytest

from parlour.testing.conversations import play, read_script
from parlour.testing.conversations.stages import STAGES

SCRIPTS = sorted(Path(__file__).parent.glob("*.chat"))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
async def test_goes_as_written(path: Path, stage: str, tmp_path: Path) -> None:
    script = read_script(path)
    if not script.suits(stage):
        pytest.skip(script.because)
    async with STAGES[stage](tmp_path) as place:
        await play(script, place)
