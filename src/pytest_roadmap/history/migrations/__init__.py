"""The layout of a history and how an older one becomes it, run by Alembic."""
