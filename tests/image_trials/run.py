"""Boot the image, sell, cut the power, boot again: ``tests/image_trials/run.py [TARGET ...]``.

Prints what was seen, keeps pictures of the screen under build/, and returns 1 when anything failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.image_trials import break_outs, sale, update_cuts, updates
from tests.image_trials.board import TrialFailed

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "build" / "image"
OUT = ROOT / "build" / "image-trials"
TARGETS = ("amd64", "arm64")
TRIALS = {
    "sale": sale.trial,
    "break-outs": break_outs.trial,
    "updates": updates.trial,
    "update-cuts": update_cuts.trial,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials; returns 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--trial", choices=tuple(TRIALS), default="sale")
    parser.add_argument("--image", type=Path, help="another image than the one just built")
    parser.add_argument("--seed", type=int, default=1, help="of what a power cut loses")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.targets) - set(TARGETS))
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}; there are {', '.join(TARGETS)}")
    failed = 0
    for target in given.targets or TARGETS:
        image = given.image or IMAGES / target / f"reprise-{target}.img"
        if not image.is_file():
            parser.error(f"{image} is not there: make image builds it")
        folder = OUT / f"{target}-{given.trial}"
        folder.mkdir(parents=True, exist_ok=True)
        sys.stdout.write(f"{target}: {given.trial}\n")
        try:
            TRIALS[given.trial](target, image, folder, given.seed)
        except TrialFailed as error:
            sys.stdout.write(f"  FAILED: {error}\n")
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
