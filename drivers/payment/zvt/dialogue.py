"""A ZVT dialogue seen from the cash register, sans-IO and without a clock (PA00P015, 2.2).

============ ============================= ============ =====================================
state        what comes or is asked        next         event; what is owed
============ ============================= ============ =====================================
``idle``     ``begin``                     ``asked``    the command goes out
``idle``     from the terminal: anything   ``idle``     Stray
``asked``    80 00, 84 00                  ``running``  Accepted
``asked``    84 xx                         ``idle``     Refused
``asked``    04 FF, 04 0F, 06 D1, 06 D3    ``running``  as in ``running``: an 80 00 was lost
``running``  04 FF                         ``running``  Intermediate; a reply
``running``  04 0F                         ``running``  Status; a reply: for an approval it is
                                                        the commit, so the driver gives it
``running``  06 D1, 06 D3                  ``running``  Printed; a reply
``running``  06 0F                         ``idle``     Completed; a reply
``running``  06 1E                         ``idle``     Aborted; a reply
``running``  ``stop``                      ``running``  06 B0 goes out
``running``  80 00, 84 xx after ``stop``   ``running``  StopAnswered
``running``  80 00, 84 xx otherwise        ``running``  Stray
``running``  any other command             ``running``  Strange; a reply (84 83)
============ ============================= ============ =====================================

A completion ends the dialogue and says nothing about money: only a status information does.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.errors import LocalProtocolError
from drivers.payment.zvt.apdu import Apdu
from drivers.payment.zvt.elements import first_of, parse_bitmaps, parse_tlv
from drivers.payment.zvt.printing import PrintedLines, parse_block, parse_line
from drivers.payment.zvt.status import StatusInformation, parse_status, text_of
from drivers.payment.zvt.tables import (
    INTERMEDIATE_KINDS,
    REMOVE_CARD_BIT,
    Bmp,
    Command,
    Tag,
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The terminal begins to work on the command."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The terminal did not begin; ``code`` is its error."""

    code: int


@dataclass(frozen=True, slots=True)
class Intermediate:
    kind: str
    text: str
    timeout_minutes: int | None
    """A new limit for the time until the terminal's next message (T4)."""


@dataclass(frozen=True, slots=True)
class Status:
    information: StatusInformation


@dataclass(frozen=True, slots=True)
class Printed:
    lines: PrintedLines


@dataclass(frozen=True, slots=True)
class Completed:
    data: bytes


@dataclass(frozen=True, slots=True)
class Aborted:
    code: int


@dataclass(frozen=True, slots=True)
class StopAnswered:
    accepted: bool


@dataclass(frozen=True, slots=True)
class Stray:
    """Something that nothing is owed for."""


@dataclass(frozen=True, slots=True)
class Strange:
    """A command that we do not know."""


Event = (
    Accepted
    | Refused
    | Intermediate
    | Status
    | Printed
    | Completed
    | Aborted
    | StopAnswered
    | Stray
    | Strange
)


class Dialogue:
    """One command at a time; see the table above."""

    def __init__(self) -> None:
        self.state = "idle"
        self._stopping = False

    def begin(self, command: Apdu) -> Apdu:
        """Return the command to send. Raises LocalProtocolError while another one is worked on."""
        if self.state != "idle":
            raise LocalProtocolError(f"{command} while {self.state}")
        self.state = "asked"
        self._stopping = False
        return command

    def stop(self) -> Apdu:
        """Return the request to stop what runs."""
        if self.state == "idle":
            raise LocalProtocolError("nothing runs that could be stopped")
        self._stopping = True
        return Apdu(Command.ABORT_REQUEST)

    def receive(self, apdu: Apdu) -> Event:
        """Take a message of the terminal. Raises RemoteProtocolError."""
        if self.state == "idle":
            return Stray()
        if apdu.control == Command.POSITIVE or apdu.control >> 8 == Command.NEGATIVE >> 8:
            return self._answered(apdu.control & 0xFF if apdu.control != Command.POSITIVE else 0)
        self.state = "running"
        match apdu.control:
            case Command.INTERMEDIATE_STATUS:
                return _intermediate(apdu.data)
            case Command.STATUS_INFORMATION:
                return Status(parse_status(apdu.data))
            case Command.PRINT_LINE:
                return Printed(parse_line(apdu.data))
            case Command.PRINT_BLOCK:
                return Printed(parse_block(apdu.data))
            case Command.COMPLETION:
                self.state = "idle"
                return Completed(apdu.data)
            case Command.ABORT:
                self.state = "idle"
                return Aborted(apdu.data[0] if apdu.data else 0xFF)
        return Strange()

    def _answered(self, code: int) -> Event:
        if self.state == "asked":
            self.state = "idle" if code else "running"
            return Refused(code) if code else Accepted()
        if self._stopping:
            self._stopping = False
            return StopAnswered(code == 0)
        return Stray()


def reply(code: int = 0) -> Apdu:
    """Return the answer to a message of the terminal: positive, or negative with an error."""
    return Apdu(Command.NEGATIVE | code) if code else Apdu(Command.POSITIVE)


def _intermediate(data: bytes) -> Intermediate:
    """Read 04 FF: status, optionally a timeout in minutes (BCD), optionally a TLV container."""
    status = data[0] if data else 0xFF
    timeout = None
    rest = data[1:]
    if rest and rest[0] != Bmp.TLV:
        timeout = int(rest[:1].hex()) if rest[:1].hex().isdigit() else None
        rest = rest[1:]
    tags = first_of(parse_tlv(parse_bitmaps(rest).get(Bmp.TLV, b"")))
    text = text_of(tags.get(Tag.LINE, tags.get(Tag.TEXT, b"")))
    kind = INTERMEDIATE_KINDS.get(status)
    if kind is None:
        kind = "remove_card" if status & REMOVE_CARD_BIT and status < 0x70 else "text"
    return Intermediate(kind, text, timeout)
