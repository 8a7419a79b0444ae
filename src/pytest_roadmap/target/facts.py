"""What this machine is and lacks, read from the kernel."""

from __future__ import annotations

import gzip
import os
import re
from dataclasses import dataclass
from pathlib import Path

# The kernel's numbers (capabilities(7)).
_CAPABILITIES = (  # noqa: SIM905 - forty quoted words read worse
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP "
    "LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK "
    "IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN "
    "SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE "
    "AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND "
    "AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split()
_BOUNDING = re.compile(r"^CapBnd:\s*([0-9a-f]+)$", re.MULTILINE)
_GIB = 2**30
WATCHERS = "fs.inotify.max_user_instances"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """This machine.

    Args:
        root: We are root.
        missing: Capabilities (`CAP_…`) that not even root has here.
        cgroup: Version of the control groups: 1 or 2.
        kernel: Its release.
        cores: Processors that we may use.
        memory_gib: Memory that is available now.
        debian: The Debian release (`12`), empty on other systems.
        watchers: How many inotify instances one user may have.
    """

    root: bool
    missing: tuple[str, ...]
    cgroup: int
    kernel: str
    cores: int
    memory_gib: float
    debian: str
    watchers: int


def read() -> Facts:
    """Return the facts of this machine."""
    return Facts(
        root=os.geteuid() == 0,
        missing=missing_capabilities(
            Path("/proc/self/status").read_text("ascii"),
            last=int(_text("/proc/sys/kernel/cap_last_cap") or len(_CAPABILITIES) - 1),
        ),
        cgroup=2 if Path("/sys/fs/cgroup/cgroup.controllers").exists() else 1,
        kernel=os.uname().release,
        cores=len(os.sched_getaffinity(0)),
        memory_gib=_available_memory(_text("/proc/meminfo")) / _GIB,
        debian=_debian(_text("/etc/os-release")),
        watchers=int(_text(f"/proc/sys/{WATCHERS.replace('.', '/')}") or 0),
    )


def missing_capabilities(status: str, *, last: int) -> tuple[str, ...]:
    """Return the capabilities that a process's bounding set lacks.

    Args:
        status: The text of /proc/PID/status.
        last: Number of the last capability that the kernel knows.
    """
    match = _BOUNDING.search(status)
    held = int(match[1], 16) if match else -1
    known = enumerate(_CAPABILITIES[: last + 1])
    return tuple(f"CAP_{name}" for bit, name in known if not held >> bit & 1)


def kernel_options() -> dict[str, str]:
    """Return the kernel's build options (`y`, `m`), empty if it does not tell."""
    for file in ("/proc/config.gz", f"/boot/config-{os.uname().release}"):
        try:
            content = Path(file).read_bytes()
        except OSError:
            continue
        text = gzip.decompress(content) if file.endswith(".gz") else content
        return dict(
            line.split("=", 1)
            for line in text.decode("ascii", "replace").splitlines()
            if line.startswith("CONFIG_") and "=" in line
        )
    return {}


def _available_memory(meminfo: str) -> int:
    """Return the available memory in bytes."""
    match = re.search(r"^MemAvailable:\s*(\d+) kB$", meminfo, re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def _debian(release: str) -> str:
    """Return Debian's release number from the text of /etc/os-release."""
    if not re.search(r'^ID="?debian"?$', release, re.MULTILINE):
        return ""
    match = re.search(r'^VERSION_ID="?(\d+)', release, re.MULTILINE)
    return match[1] if match else ""


def _text(file: str) -> str:
    """Return the text of a file, empty if it cannot be read."""
    try:
        return Path(file).read_text("utf-8")
    except OSError:
        return ""
