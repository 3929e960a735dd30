"""One subcommand of ``reprise``: its words, where it is, what it takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

Arguments = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand. Its module is imported when it is asked for: a console starts without Kivy.

    ``function`` takes the parsed options and returns the exit code: 0 good, 1 a fault was found.
    """

    words: str
    module: str
    function: str
    arguments: Arguments = lambda _: None
    """Adds what the command takes besides ``--data``."""
    shop: bool = True
    """It works on a shop's data folder, and ``--data`` must be given."""

    def run(self, options: argparse.Namespace) -> int:
        """Carry the command out."""
        return int(getattr(import_module(self.module), self.function)(options))
