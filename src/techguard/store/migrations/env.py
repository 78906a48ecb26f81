"""Runs the steps on the connection it is given. The caller holds the transaction: all steps or none."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
