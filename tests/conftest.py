"""What all tests share."""

import sys
from pathlib import Path

# so that `tests.real_client.harness` is found however pytest was started
_REPOSITORY = str(Path(__file__).resolve().parents[1])
if _REPOSITORY not in sys.path:
    sys.path.insert(0, _REPOSITORY)
