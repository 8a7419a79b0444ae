"""The parts of report.html that need more than a template.

words          how the page names things: kinds, anchors, sizes
bars           a phase as a bar
timeline       when which probe ran
document       the roadmap document with its verdicts
data           what the script needs to show and to filter the requirements
rows           their list, and what it is without the script
"""

from __future__ import annotations
