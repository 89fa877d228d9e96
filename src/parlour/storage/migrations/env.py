"""How Alembic reaches the database: on the connection that `parlour.storage.migrate` hands over."""

from alembic import context

from parlour.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
