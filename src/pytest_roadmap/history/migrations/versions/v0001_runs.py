"""Runs, their phases, and what became of each requirement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _make_runs()
    _make_phases()
    op.create_table(
        "roadmap_plan",
        sa.Column("serial", sa.Integer, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("names", sa.Text, nullable=False),
    )
    plan = sa.ForeignKey("roadmap_plan.serial")
    op.create_table(
        "roadmap_sheet",
        sa.Column("run", sa.Integer, _run(), primary_key=True),
        sa.Column("suite", sa.Text, primary_key=True),
        sa.Column("plan", sa.Integer, plan, nullable=False),
        sa.Column("letters", sa.Text, nullable=False),
    )


def _run() -> sa.ForeignKey:
    """Return the reference to the run that a row belongs to."""
    return sa.ForeignKey("roadmap_run.serial")


def _make_runs() -> None:
    """Make the table of runs."""
    op.create_table(
        "roadmap_run",
        sa.Column("serial", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("place", sa.Double, nullable=False, index=True),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("finished", sa.Double, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("commit", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
    )


def _make_phases() -> None:
    """Make the table of what each run says of each phase."""
    counts = ("total", "passed", "failed", "waived", "unknown")
    op.create_table(
        "roadmap_phase",
        sa.Column("run", sa.Integer, _run(), primary_key=True),
        sa.Column("suite", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("low", sa.Text),
        sa.Column("high", sa.Text),
        sa.Column("threshold", sa.Text),
        sa.Column("decision", sa.Text, nullable=False),
    )
