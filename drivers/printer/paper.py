"""The paper that came out of the simulated printer: what is on it, and how it reads as text."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from drivers.simulation import DurableLines

KEPT_PIECES = 200
"""Pieces kept to be looked at; older ones are only counted."""
COMPACT_RECORDS = 50_000
"""Records on file that make it be rewritten at a start with the kept pieces alone."""
DOTS_PER_MM = 8
LINE_DOTS = 30

Element = Mapping[str, Any]
"""``{"kind": "line" | "feed" | "qr" | "barcode" | "image", ...}``, as plain values."""


class Paper:
    """Elements in the order they were printed; a cut ends a piece. Survives without power."""

    def __init__(self, memory: DurableLines) -> None:
        self._memory = memory
        self._unsaved: list[Element] = []
        self.pieces: deque[tuple[int, tuple[Element, ...]]] = deque(maxlen=KEPT_PIECES)
        self.current: list[Element] = []
        self.total_pieces = 0
        records = memory.load()
        for record in records:
            self._apply(record)
        if len(records) > COMPACT_RECORDS:
            memory.replace(self._kept())

    def add(self, element: Element) -> None:
        """Print an element on the current piece."""
        self._apply(element)
        self._unsaved.append(element)

    def cut(self) -> None:
        """Cut the current piece off."""
        self.add({"kind": "cut"})

    def save(self) -> None:
        """Make what was printed durable; to be called before anything is answered."""
        if self._unsaved:
            self._memory.append(self._unsaved)
            self._unsaved = []

    def _apply(self, record: Element) -> None:
        if record["kind"] == "cut":
            if self.current:
                self.total_pieces += 1
                self.pieces.append((self.total_pieces, tuple(self.current)))
            self.current = []
        elif record["kind"] == "total":
            self.total_pieces = record["pieces"]
        else:
            self.current.append(record)

    def _kept(self) -> Iterable[Element]:
        yield {"kind": "total", "pieces": self.total_pieces - len(self.pieces)}
        for _, elements in self.pieces:
            yield from elements
            yield {"kind": "cut"}
        yield from self.current


def as_text(elements: Iterable[Element], columns: int = 48) -> str:
    """Return what a person reads on the paper; codes stand in brackets with their content."""
    return "\n".join(line for element in elements for line in _lines(element, columns))


def height_mm(element: Element) -> float:
    """Return how far the paper moves for an element."""
    match element["kind"]:
        case "line":
            tall = max((span["height"] for span in element["spans"]), default=1)
            return LINE_DOTS * tall / DOTS_PER_MM
        case "feed":
            return float(element["dots"]) / DOTS_PER_MM
        case "qr":
            return 33 * int(element["size"]) / DOTS_PER_MM
        case "barcode":
            return (float(element["height"]) + LINE_DOTS) / DOTS_PER_MM
        case "image":
            return float(element["rows"]) / DOTS_PER_MM
    return 0.0


def _lines(element: Element, columns: int) -> list[str]:
    match element["kind"]:
        case "line":
            text = "".join(span["text"] for span in element["spans"])
            room = columns // max((span["width"] for span in element["spans"]), default=1)
            return [_aligned(text, element["align"], room)]
        case "feed":
            return [""] * (int(element["dots"]) // LINE_DOTS)
        case "qr":
            return [_aligned(f"[QR {element['data']}]", element["align"], columns)]
        case "barcode":
            label = f"[{element['symbology']} {element['data']}]"
            return [_aligned(label, element["align"], columns)]
    return [f"[{element['kind']}]"]


def _aligned(text: str, align: str, columns: int) -> str:
    if align == "center":
        return text.center(columns).rstrip()
    return text.rjust(columns) if align == "right" else text
