"""How a run goes: what is selected, who runs it when, what is kept.

options      the command line
asked        the suites, and what the options select of them
facts        fixtures that several probes judge
observing    in the process that runs a probe: from reports to findings
guarding     there too: time limits, signals
dealing      which worker runs what next (pure), scheduling: for xdist
keeping      the run's folder: findings as they arrive, the archive
progress     what the terminal says meanwhile
system       the cluster and the target, brought up once
control      all of these together, on the controller
"""

from __future__ import annotations
