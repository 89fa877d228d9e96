"""Compliance: what is recorded for those who must prove what was said. So far its settings; its engine comes later."""
