"""Alembic's entry: one environment for every service; `common.migrations` hands over the connection and metadata."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    compare_type=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.execute("set lock_timeout = '5s'")
    context.run_migrations()
