"""The tables of a history, as the newest migration leaves them.

    roadmap_run     one row per run
    roadmap_phase   one row per run and phase: what a trend shows
    roadmap_plan    one row per list of requirement ids that a run has asked for
    roadmap_sheet   one row per run and suite: a letter per id of its plan

Rows are only ever added.  The names carry a prefix so that a history may share
a PostgreSQL database with other things.

A million results are a million letters and not a million rows: to read the last
thirty runs of ten thousand requirements takes thirty rows, and to add one takes
one.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
)

LAYOUTS = ("0001", "0002")  # the migrations, the newest last
VERSION_TABLE = "roadmap_history_layout"

_METADATA = MetaData()

# `place` orders the runs: it is the time of a run's end, except that it never
# lies before that of a run that was there already (see `store.append`).
RUN = Table(
    "roadmap_run",
    _METADATA,
    Column("serial", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("place", Double, nullable=False, index=True),
    Column("started", Double, nullable=False),
    Column("finished", Double, nullable=False),
    Column("version", Text, nullable=False),
    Column("commit", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("target", Text, nullable=False, server_default="[]"),
)
PHASE = Table(
    "roadmap_phase",
    _METADATA,
    Column("run", Integer, ForeignKey("roadmap_run.serial"), primary_key=True),
    Column("suite", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("waived", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Column("low", Text),
    Column("high", Text),
    Column("threshold", Text),
    Column("decision", Text, nullable=False),
)
PLAN = Table(
    "roadmap_plan",
    _METADATA,
    Column("serial", Integer, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("names", Text, nullable=False),
)
SHEET = Table(
    "roadmap_sheet",
    _METADATA,
    Column("run", Integer, ForeignKey("roadmap_run.serial"), primary_key=True),
    Column("suite", Text, primary_key=True),
    Column("plan", Integer, ForeignKey("roadmap_plan.serial"), nullable=False),
    Column("letters", Text, nullable=False),
)
