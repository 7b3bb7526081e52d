"""How much memory a process took."""

from __future__ import annotations

from pathlib import Path


def peak_kib(pid: int | str = "self") -> int:
    """Return a process's highest resident memory in KiB.

    `getrusage` would count what the parent held when it forked, which in a long test run is more.
    """
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
