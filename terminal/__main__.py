"""``python -m terminal`` and the ``reprise`` command."""

from __future__ import annotations

import resource
import sys

from terminal.cli.main import run


def main() -> None:
    """Run the command line and end the process with its exit code.

    A crash leaves no image of the memory on a disk: what a payment terminal said may still be in it
    as it was before it was scrubbed (PCI DSS 3.3.1).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
