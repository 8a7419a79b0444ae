"""A run states which system it measured, as JSON pairs of name and value."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; of the runs that are there nobody knows it."""
    op.add_column(
        "roadmap_run",
        sa.Column("target", sa.Text, nullable=False, server_default="[]"),
    )
