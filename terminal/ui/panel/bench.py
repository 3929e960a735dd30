"""The panel's work, without drawing: what is pressed turns knobs, what is seen becomes a view."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.fault_script import samples
from drivers.printer.paper import Element
from drivers.simulators import BENCH
from terminal.services.requests import SteerDevice
from terminal.ui.panel import present
from terminal.ui.panel.mains import Mains
from terminal.ui.panel.present import PanelView, Seen
from terminal.words import Words

MAX_SHOWN_PIECES = 4
"""Pieces of paper in sight; older ones have fallen on the floor."""
PAGES = ("shelf", "devices", "faults")


class Printer(Protocol):
    """What the panel needs of the printer beyond its knobs."""

    def elements(self, piece: int = 0) -> tuple[Element, ...]: ...


class Knobbed(Protocol):
    """What the panel needs of every device: the names of its knobs."""

    def knobs(self) -> tuple[str, ...]: ...


class Bench(Protocol):
    """The simulated devices (``drivers.simulators.Bench``)."""

    @property
    def printer(self) -> Printer: ...

    @property
    def simulators(self) -> Mapping[str, Knobbed]: ...

    def control(self, device: str, action: str, /, **parameters: Any) -> Mapping[str, Any]: ...

    def look(self, device: str) -> Mapping[str, Any]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of paper: number 0 is still in the printer and grows."""

    n: int
    elements: tuple[Element, ...]


class Panel:
    """The devices and the mains of one demonstration."""

    def __init__(
        self,
        bench: Bench,
        mains: Mains,
        words: Words,
        *,
        staffed: bool = False,
        connected: Collection[str] = (),
    ) -> None:
        """``connected`` names the devices that the terminal uses: they have cards; none: all."""
        self._staffed = staffed
        self._connected = connected
        self._bench = bench
        self.mains = mains
        self._words = words
        self._torn = 0
        self._page = PAGES[0]
        bench.control("poi", "auto", on=False)

    def take(self, request: SteerDevice) -> None:
        """Do what was pressed: turn a knob, or act on the mains or the paper."""
        match request.device, request.action:
            case "mains", "pull":
                self.mains.pull()
            case "mains", "on":
                self.mains.switch_on()
            case "mains", "returns":
                self.mains.returns = not self.mains.returns
            case "panel", "page":
                self._page = str(dict(request.parameters)["name"])
            case "paper", "tear":
                self._torn = int(self._bench.look("printer")["total_pieces"])
            case device, action:
                self._bench.control(device, action, **dict(request.parameters))

    def view(self) -> PanelView:
        """Let time pass and return what there is to see."""
        self.mains.advance()
        seen = Seen(
            devices={name: self._bench.look(name) for name in self._bench.simulators},
            connected=tuple(self._connected or self._bench.simulators),
            knobs={name: one.knobs() for name, one in self._bench.simulators.items()},
            bench=self._bench.look(BENCH),
            scripts=samples(),
            page=self._page,
            running=self.mains.running,
            returning=self.mains.cut,
            returns=self.mains.returns,
            cuts=self.mains.cuts,
            staffed=self._staffed,
        )
        return present.present(seen, self._words)

    def paper(self) -> tuple[Piece, ...]:
        """Return the pieces in sight, oldest first, and what is still in the printer."""
        total = int(self._bench.look("printer")["total_pieces"])
        first = max(self._torn, total - MAX_SHOWN_PIECES) + 1
        printer = self._bench.printer
        pieces = [Piece(n, printer.elements(n)) for n in range(first, total + 1)]
        current = printer.elements(0)
        return (*pieces, Piece(0, current)) if current else tuple(pieces)
