"""Try the drivers on real kernel devices: ``python tests/devices_bench/run.py [PART ...]``.

An emulated machine with a stock Debian kernel is started from FOLDER (made by ``prepare``); the
kernel there has USB devices made of software, with our simulators in them, and our drivers find
them as they find hardware.  The developer's own files are its disk, read only.  Prints a table, and
returns 1 when anything failed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.devices_bench.parts import PARTS
from tests.devices_bench.report import Row, parse, say

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "devices-bench"
LIMIT_S = 1800
"""Of a whole run; three minutes are usual, more where others use the processor too."""
MEMORY_MB = 1500
WIDTH = 74
_KERNEL_TROUBLE = re.compile(r"BUG:|Oops|Call Trace|Kernel panic|general protection")


def main(arguments: Sequence[str] | None = None) -> int:
    """Boot, run the parts, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parts = parser.parse_args(arguments).parts
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    begin = time.monotonic()
    rows: list[Row] = []
    ended = ""
    with (FOLDER / "guest.log").open("w", encoding="utf-8", buffering=1) as log:
        for line in _lines(parts):
            log.write(line)
            row = parse(line)
            if row is not None:
                rows.append(row)
                say(_told(row))
            elif line.startswith("left with"):
                ended = line.strip()
    rows += _verdicts(rows, ended)
    failed = [row for row in rows if not row.passed]
    say(f"{len(rows) - len(failed)} of {len(rows)} passed in {time.monotonic() - begin:.0f} s")
    if failed:
        say(f"What the machine said: {FOLDER}/guest.log and console.log")
    return 1 if failed else 0


def _verdicts(rows: Sequence[Row], ended: str) -> Iterator[Row]:
    """Yield what only the outside can see: that it ended well, and what its kernel said."""
    if ended != "left with 0" or not rows:
        row = Row("the machine ran the bench to its end", passed=False, figures=ended or "silence")
        say(_told(row))
        yield row
    console = (FOLDER / "console.log").read_text(encoding="utf-8", errors="replace")
    trouble = _KERNEL_TROUBLE.search(console)
    row = Row("the kernel had no trouble of its own", not trouble, trouble[0] if trouble else "")
    say(_told(row))
    yield row


def _told(row: Row) -> str:
    return f"{row.what:{WIDTH}}{'ok' if row.passed else 'FAILED':8}{row.figures}".rstrip()


def _lines(parts: Sequence[str]) -> Iterator[str]:
    """Start the machine and yield what its program says."""
    with subprocess.Popen(
        [*_machine(), "-append", _order(parts)],
        cwd=FOLDER,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as machine:
        assert machine.stdout is not None
        yield from machine.stdout


def _order(parts: Sequence[str]) -> str:
    python = Path(sys.prefix) / "bin" / "python"
    for path in (ROOT, python):
        if re.search(r"[\s'=]", str(path)):
            sys.exit(f"The path {path} cannot be passed to the machine: it has a space in it.")
    return (
        "console=ttyS0 quiet panic=-1 mitigations=off "
        f"bench.tree={ROOT} bench.python={python} bench.parts={','.join(parts)}"
    )


def _machine() -> list[str]:
    """Return the command of the emulated machine; software emulation, which works anywhere.

    Its time is the instructions that it carried out (icount; 4 ns each, which is a small machine):
    however busy the machine outside is, the figures are those of the drivers.
    """
    return [
        *("timeout", "--signal=KILL", str(LIMIT_S), "qemu-system-x86_64"),
        *("-accel", "tcg,thread=single", "-icount", "shift=2,sleep=on"),
        *("-cpu", "max", "-m", str(MEMORY_MB)),
        *("-nodefaults", "-display", "none", "-no-reboot"),
        *("-kernel", "vmlinuz", "-initrd", "initramfs"),
        *("-fsdev", f"local,id=host,path={os.sep},security_model=none,readonly=on,multidevs=remap"),
        *("-device", "virtio-9p-pci,fsdev=host,mount_tag=host"),
        *("-serial", "file:console.log", "-serial", "stdio"),
    ]


if __name__ == "__main__":
    sys.exit(main())
