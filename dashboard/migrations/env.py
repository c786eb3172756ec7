"""Alembic's entry: it is always handed an open connection by dashboard.store_schema."""

from alembic import context

from dashboard.store_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
