"""The parts of report.html that need more than a template.

words          how the page names things: kinds, anchors, sizes
bars           a phase as a bar
timeline       when which probe ran
document       the roadmap document with its verdicts
data           what the script needs to filter and to open a requirement
"""

from __future__ import annotations
