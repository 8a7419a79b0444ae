"""What Alembic executes to migrate: on the connection that it was handed.

The caller has begun a transaction and ends it, so a migration happens whole or
not at all.
"""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
)
context.run_migrations()
