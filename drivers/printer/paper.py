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
CELL_DOTS = 12
FONT_DOTS: Mapping[str, int] = {"A": CELL_DOTS, "B": 9}

Element = Mapping[str, Any]
"""``{"kind": "line" | "feed" | "qr" | "barcode" | "symbol" | "image" | "page", ...}``.

A line has ``spans``: text in one style, ``{"rows", "dots", "data"}`` for a dot picture within the
line, or ``{"skip"}`` for a move along it in dots.  Dots are rows of whole bytes in base64, 1 black.
"""


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
    return height_dots(element) / DOTS_PER_MM


def height_dots(element: Element) -> int:
    """Return the dots that the paper moves for an element."""
    match element["kind"]:
        case "line":
            tallest = max((_span_dots(span) for span in element["spans"]), default=LINE_DOTS)
            return max(tallest, int(element.get("pitch", 0)))
        case "feed":
            return int(element["dots"])
        case "qr":
            return 33 * int(element["size"])
        case "barcode":
            return int(element["height"]) + LINE_DOTS
        case "image":
            return int(element["rows"]) * int(element.get("sy", 1))
        case "page":
            return int(element["rows"])
        case "symbol":
            return 2 * LINE_DOTS
    return 0


def _span_dots(span: Element) -> int:
    if "rows" in span:
        return int(span["rows"])
    return LINE_DOTS * int(span.get("height", 1))


def span_width(span: Element) -> int:
    """Return the dots that a span takes along the line; a move to the left is negative."""
    if "skip" in span:
        return int(span["skip"])
    if "rows" in span:
        return int(span["dots"])
    cell = FONT_DOTS.get(span.get("font", "A"), CELL_DOTS) + int(span.get("gap", 0))
    return len(span["text"]) * cell * int(span["width"])


def _lines(element: Element, columns: int) -> list[str]:
    match element["kind"]:
        case "line":
            text = "".join(map(_span_text, element["spans"]))
            room = columns // max((span.get("width", 1) for span in element["spans"]), default=1)
            return [_aligned(text, element["align"], room)]
        case "feed":
            return [""] * (int(element["dots"]) // LINE_DOTS)
        case "qr":
            return [_aligned(f"[QR {element['data']}]", element["align"], columns)]
        case "barcode" | "symbol":
            label = f"[{element['symbology']} {element['data']}]"
            return [_aligned(label, element["align"], columns)]
        case "page":
            return _page_lines(element, columns)
    return [f"[{element['kind']}]"]


def _page_lines(page: Element, columns: int) -> list[str]:
    items = [item for area in page["areas"] for item in area["items"]]
    items.sort(key=lambda item: (item["y"], item["x"]))
    return [line for item in items for line in _lines(item["element"], columns)]


def _span_text(span: Element) -> str:
    """A dot picture within a line stands as squares, as many as it takes columns."""
    if "skip" in span:
        return " " * round(max(0, int(span["skip"])) / CELL_DOTS)
    if "rows" in span:
        return "\u25a1" * max(1, round(int(span["dots"]) / CELL_DOTS))
    return str(span["text"])


def _aligned(text: str, align: str, columns: int) -> str:
    if align == "center":
        return text.center(columns).rstrip()
    return text.rjust(columns) if align == "right" else text
