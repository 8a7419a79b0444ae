"""Settings of the whole test suite."""

from __future__ import annotations

import os

from hypothesis import settings

# The same examples in every run: a pull request is red for what it changed.  The
# nightly job looks for new ones, with HYPOTHESIS_PROFILE=default.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
