"""The bench's program within the emulated machine: ``guest.py [PART ...]``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.devices_bench import report


def main(names: list[str]) -> int:
    """Run the parts asked for, all of them when none is."""
    from tests.devices_bench.parts import PARTS, part

    logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
    for name in names or PARTS:
        report.run(name, part(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
