"""What scripts on machines have in common: functions of the shell.

A process that a fault leaves running has a mark in its environment, so that
another process of ours, or `pytest-roadmap heal`, finds and ends it, and nobody
else's.
"""

from __future__ import annotations

from typing import Final

END: Final = r"""
marked() { grep -lsaF -- "ROADMAP_FAULT=$1" /proc/[0-9]*/environ; }
end_marked() {
  for turn in 1 2 3 4 5; do  # one may just have started another
    files=$(marked "$1")
    [ -n "$files" ] || return 0
    for file in $files; do
      pid=${file%/environ}
      kill -KILL "${pid#/proc/}" 2>/dev/null || true
    done
    sleep 0.1 # nothing announces their end to us
  done
}
"""
"""Shell functions: `marked MARK` lists such processes, `end_marked MARK` ends them."""

GROUP: Final = r"""
root=/sys/fs/cgroup
if [ -e $root/cgroup.controllers ]; then version=2; else version=1; fi
group_of() {
  if [ $version = 2 ]; then place=$root; else place=$root/$2; fi
  find "$place/" -type d -name "*$1*" 2>/dev/null | head -n 1
}
"""
"""Shell function: `group_of CONTAINER CONTROLLER` prints a control group's folder."""

IN_POD: Final = r"""
host=$(readlink /proc/1/ns/net)
process_of() {
  for file in $(grep -lsE -- "pod($1|$(echo "$1" | tr - _))" /proc/[0-9]*/cgroup); do
    folder=${file%/cgroup}
    net=$(readlink "$folder/ns/net" 2>/dev/null) || continue
    if [ "$net" != "$host" ]; then echo "${folder#/proc/}"; return; fi
  done
}
in_pod() { nsenter -t "$pid" -n "$@"; }
"""
"""Shell functions for what is to happen inside a pod's network.

`process_of UID` prints the id of a process of a pod, nothing when it has none, and
is to be asked in a subshell; `in_pod` runs a command in the network of process `pid`.
"""
