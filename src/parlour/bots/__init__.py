"""Bots: programs that take part in rooms under a name of their own, and the hooks by which other systems reach them."""
