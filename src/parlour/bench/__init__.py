"""How fast a deployment is, measured by its own administrator: `parlour bench` (docs/how-to/benchmark.md)."""
