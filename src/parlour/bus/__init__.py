"""Events between nodes."""
