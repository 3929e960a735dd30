"""``reprise calibration``: the code that tells how a keyboard scanner is set."""

from __future__ import annotations

import argparse
import sys

from terminal.devices import calibration


def run(options: argparse.Namespace) -> int:
    """Write the code to standard output, as a picture or as bytes for a receipt printer."""
    made = calibration.escpos() if options.format == "escpos" else calibration.png()
    sys.stdout.buffer.write(made)
    return 0
