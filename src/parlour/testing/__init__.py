"""Public test kit: what Parlour's own tests use, for anybody's tests."""

from parlour.testing.clock import FakeClock

__all__ = ["FakeClock"]
