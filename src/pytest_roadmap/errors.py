"""The exceptions that users see.

    RoadmapError                  base: what is wrong, where, what to do next
    ├── PlanError                 a roadmap, plan, criteria or waiver file
    ├── TargetError               the system under test: profile, cluster, workloads
    │   ├── ProvisionError        something that should be installed, built or started
    │   └── RefusedError          an operation that is not allowed on this target
    ├── SigningError              a key, or what is to be signed with it
    └── ReportError               an archive or a report
        └── HistoryError          the history of past runs

Each of them prints as one message without a traceback.

What a single probe saw is no error of the tool.  These four say it, and any
layer may raise them while a probe runs:

    NeverHappenedError (an AssertionError)   the outcome is `failed`
    UnavailableError                         `unavailable`
    InconclusiveError                        `inconclusive`
    NotApplicableError                       `not_applicable`
"""

from __future__ import annotations


class RoadmapError(Exception):
    """Something the user can mend, told as what, where and what to do next.

    Args:
        what: One sentence: what is wrong.
        where: File (with line), option or object that it is about.
        remedy: What to do next, as an instruction.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return `where: what` and the remedy on a line of its own."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  → {self.remedy}" if self.remedy else head


class PlanError(RoadmapError):
    """A roadmap, plan, criteria or waiver file cannot be used as it is."""


class TargetError(RoadmapError):
    """The system under test, or its description, cannot be used as it is."""


class ProvisionError(TargetError):
    """Something that the run needs could not be installed, built or started."""


class RefusedError(TargetError):
    """The operation is not allowed on this target (see the safety rules)."""


class SigningError(RoadmapError):
    """A key cannot be used, or something cannot be signed with it."""


class ReportError(RoadmapError):
    """An archive or a report cannot be read or written."""


class HistoryError(ReportError):
    """The history of past runs cannot be read or added to."""


class NeverHappenedError(AssertionError):
    """A wait ended without what it waited for: the claim does not hold."""


class UnavailableError(Exception):
    """Target, tool or credential is not there: nobody can tell. Says why."""


class InconclusiveError(Exception):
    """It was measured, but too noisily or too seldom to tell. Says why."""


class NotApplicableError(Exception):
    """A positive record says that the requirement does not apply. Names it."""
