"""ZPL II as a printer reads it: a stream of bytes becomes commands, however it is split.

A command is ``^`` or ``~``, two letters (``^A`` takes its font as the second), and parameters up to
the next prefix.  ``^CC``, ``^CT`` and ``^CD`` change prefixes and delimiter; ``^GFB`` and ``~DY``
carry bytes that are counted, not searched.  What is no command is skipped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_COMMAND_BYTES = 524_288
"""A picture that fills a large label, in hexadecimal; a longer command is dropped and counted."""
WITHOUT_PARAMETERS = frozenset(
    ["^XA", "^XZ", "^FS", "~HS", "~HI", "~HM", "~HD", "~JA", "~JC", "~JE", "~JG", "~JL", "~JP",
     "~JR", "~JX", "~PH", "~PP", "~PR", "~PS", "~RO", "~WC"]
)  # fmt: skip
"""Complete with their second letter: a printer answers ``~HS`` without waiting for what follows."""
_PREFIX_CHANGES = {"^CC": "caret", "~CC": "caret", "^CT": "tilde", "~CT": "tilde"}
_CHANGES = frozenset([*_PREFIX_CHANGES, "^CD", "~CD"])
"""Complete with the one character that they change to."""
_BINARY = {
    "^GF": re.compile(rb"B,(\d{1,6}),\d*,\d*,"),
    "~DY": re.compile(rb"[^,]*,[^,A]*,[^,]*,(\d{1,6}),\d*,"),
}
"""What stands before counted bytes, and their number."""
_LONGEST_COUNT = 300


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    """Prefix as ``^`` or ``~``, whatever it was changed to, and two capitals."""
    parameters: bytes


class ZplReader:
    """Finds commands; memory is bounded by MAX_COMMAND_BYTES."""

    def __init__(self) -> None:
        self.caret, self.tilde = ord("^"), ord("~")
        self.delimiter = ","
        self.dropped = 0
        """Commands that were too long."""
        self._held = bytearray()
        self._counted: int | None = None
        """Length of the held command, when it says so itself."""

    @property
    def partial(self) -> bool:
        """A command has begun and has not ended."""
        return bool(self._held)

    def receive(self, data: bytes) -> list[Command]:
        """Take bytes in; return the commands that are complete now."""
        commands: list[Command] = []
        for byte in data:
            self._take(byte, commands)
        return commands

    def _take(self, byte: int, commands: list[Command]) -> None:
        begins = byte in (self.caret, self.tilde)
        if self._counted is None and begins and self._may_end():
            self._end(commands)
            self._held.append(byte)
            return
        if not self._held:
            return  # between two commands, or the rest of one that was too long
        self._held.append(byte)
        if self._counted is not None:
            if len(self._held) >= self._counted:
                self._end(commands)
            return
        if self._complete():
            self._end(commands)
        elif byte == ord(",") and len(self._held) <= _LONGEST_COUNT:
            self._count()
        if len(self._held) > MAX_COMMAND_BYTES:
            self.dropped += 1
            self._held.clear()
            self._counted = None

    def _complete(self) -> bool:
        """Tell whether the held command needs nothing more, whatever comes."""
        if len(self._held) == 3:
            return self._name() in WITHOUT_PARAMETERS
        return len(self._held) == 4 and self._name() in _CHANGES

    def _may_end(self) -> bool:
        """The character after ``^CC`` is the new prefix, even when it is the old one."""
        return not (len(self._held) == 3 and self._name() in _CHANGES)

    def _count(self) -> None:
        pattern = _BINARY.get(self._name())
        found = pattern.fullmatch(bytes(self._held[3:])) if pattern is not None else None
        if found is not None:
            self._counted = len(self._held) + min(int(found[1]), MAX_COMMAND_BYTES)

    def _name(self) -> str:
        prefix = "^" if self._held[0] == self.caret else "~"
        return prefix + bytes(self._held[1:3]).decode("latin-1").upper()

    def _end(self, commands: list[Command]) -> None:
        held, self._held, self._counted = bytes(self._held), bytearray(), None
        if len(held) < 3:
            return
        prefix = "^" if held[0] == self.caret else "~"
        command = Command(prefix + held[1:3].decode("latin-1").upper(), held[3:])
        what = _PREFIX_CHANGES.get(command.name)
        if what is not None:
            setattr(self, what, command.parameters[0])
        elif command.name in ("^CD", "~CD"):
            self.delimiter = command.parameters[:1].decode("latin-1")
        else:
            commands.append(command)
