"""Changes of the schema, oldest first, as Alembic runs them."""
