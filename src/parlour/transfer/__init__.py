"""Export and import of a deployment's rooms, and what was said in them, as a ZIP file (docs/reference/export.md)."""
