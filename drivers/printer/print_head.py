"""The head of a simulated printer: text, codes and pictures on paper, whatever the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.printer.dots import Dots
from drivers.printer.paper import (
    CELL_DOTS,
    FONT_DOTS,
    LINE_DOTS,
    Element,
    Paper,
    height_dots,
    span_width,
)
from drivers.printer.tokens import Token

TAB = 8
MAX_PAGE_ITEMS = 10_000
"""Pieces that a page in page mode may have; what comes after is not printed."""
PAGE_ROWS = 1662
"""Rows of a page whose size nobody set (TM-T88 technical reference)."""


@dataclass(slots=True)
class Area:
    """A printing area of page mode, in dots; ``turn`` in quarters counterclockwise."""

    x: int
    y: int
    width: int
    height: int
    turn: int = 0
    at_x: int = 0
    at_y: int = 0
    items: list[Element] = field(default_factory=list)


@dataclass(slots=True)
class Settings:
    """What an initialisation resets."""

    codec: str = "cp437"
    align: str = "left"
    bold: bool = False
    underline: bool = False
    inverse: bool = False
    turned: bool = False
    upside_down: bool = False
    font: str = "A"
    width: int = 1
    height: int = 1
    gap: int = 0
    line_dots: int = LINE_DOTS
    margin: int = 0
    room: int = 0
    """Dots of a line; 0 is the whole paper."""
    tabs: tuple[int, ...] = tuple(range(TAB, 256, TAB))
    barcode_height: int = 162
    barcode_width: int = 3
    barcode_text: str = ""
    qr_size: int = 3
    qr_level: str = "L"
    symbols: dict[int, bytes] = field(default_factory=dict)
    spans: list[dict[str, Any]] = field(default_factory=list)
    used: int = 0


class PrintHead:
    """Turns commands about paper into elements; knows nothing of wires and status."""

    language_codec = "cp437"

    def __init__(self, paper: Paper, dots: int, code_pages: Mapping[int, str]) -> None:
        self._paper = paper
        self._dots = dots
        self._code_pages = code_pages
        self.settings = Settings()
        self.printed: list[Element] = []
        """Elements printed since they were last taken away by the printer."""
        self.cuts = 0
        """Cuts since they were last taken away by the printer."""
        self._areas: list[Area] | None = None
        self._orders = self._commands()

    def _commands(self) -> Mapping[str, Callable[[bytes], None]]:
        return {}

    def reset(self) -> None:
        """Go back to the settings of power-on; the unfinished line and page are lost."""
        self.settings = Settings()
        self._areas = None

    def carry_out(self, token: Token) -> bool:
        """Do what a command says; False when it is none of paper."""
        order = self._orders.get(token.name)
        if order is not None:
            order(token.data)
        return order is not None

    # --- paper ---

    def _set(self, name: str, value: object) -> None:
        setattr(self.settings, name, value)

    def _print(self, element: Element) -> None:
        if self._areas is not None:
            self._place(element)
            return
        self._paper.add(element)
        self.printed.append(element)

    def _cut(self) -> None:
        self._end_line()
        self.cuts += 1

    def _feed(self, dots: int) -> None:
        self._end_line()
        if dots:
            self._print({"kind": "feed", "dots": dots})

    def _line_feed(self) -> None:
        if self.settings.spans:
            self._end_line()
        else:
            self._print({"kind": "feed", "dots": self.settings.line_dots})

    # --- lines ---

    @property
    def _room(self) -> int:
        """Dots of the present line."""
        if self._areas is not None:
            area = self._areas[-1]
            return area.height if area.turn % 2 else area.width
        return min(self.settings.room or self._dots, self._dots - self.settings.margin)

    @property
    def _cell(self) -> int:
        return (FONT_DOTS[self.settings.font] + self.settings.gap) * self.settings.width

    def _text(self, data: bytes) -> None:
        for character in data.decode(self.settings.codec, "replace"):
            self._put(character)

    def _put(self, character: str) -> None:
        if self.settings.used + self._cell > self._room:
            self._end_line()
        now = self.settings
        style = self._style()
        if now.spans and "text" in now.spans[-1] and _style_of(now.spans[-1]) == style:
            now.spans[-1]["text"] += character
        else:
            now.spans.append({"text": character, **style})
        now.used += self._cell

    def _style(self) -> dict[str, Any]:
        """The style of a character; what is ordinary is not written down."""
        now = self.settings
        style: dict[str, Any] = {"bold": now.bold, "width": now.width, "height": now.height}
        special = {
            "font": now.font if now.font != "A" else "",
            "underline": now.underline,
            "inverse": now.inverse,
            "turned": now.turned,
            "gap": now.gap,
        }
        return style | {name: value for name, value in special.items() if value}

    def _put_dots(self, dots: Dots) -> None:
        """Print a picture of dots within the line."""
        if not dots.width:
            return
        if self.settings.used + dots.width > self._room:
            self._end_line()
        self.settings.spans.append(dict(dots.fields()))
        self.settings.used += dots.width

    def _move(self, dots: int) -> None:
        """Move along the line; not before its beginning nor past its end."""
        moved = max(-self.settings.used, min(dots, self._room - self.settings.used))
        if moved:
            self.settings.spans.append({"skip": moved})
            self.settings.used += moved

    def _tab(self) -> None:
        column = self.settings.used // CELL_DOTS
        stop = next((tab for tab in self.settings.tabs if tab > column), None)
        if stop is not None:
            self._move(stop * CELL_DOTS - self.settings.used)

    def _end_line(self) -> None:
        now = self.settings
        spans, now.spans, now.used = now.spans, [], 0
        if not any(span_width(span) > 0 for span in spans):
            return
        line: dict[str, Any] = {"kind": "line", "align": now.align, "spans": spans}
        if now.line_dots > LINE_DOTS:
            line["pitch"] = now.line_dots
        if now.margin and self._areas is None:
            line["margin"] = now.margin
        if now.upside_down:
            line["upside_down"] = True
        self._print(line)

    # --- codes and pictures ---

    def _image(self, dots: Dots, across: int = 1, down: int = 1) -> None:
        self._end_line()
        if not dots.width:
            return
        element = {"kind": "image", **dots.fields(), "align": self.settings.align}
        if across > 1 or down > 1:
            element |= {"sx": across, "sy": down}
        self._print(element)

    def _barcode(self, symbology: str, text: str) -> None:
        now = self.settings
        self._end_line()
        self._print(
            {
                "kind": "barcode",
                "symbology": symbology,
                "data": text,
                "height": now.barcode_height,
                "width": now.barcode_width,
                "hri": now.barcode_text,
                "align": now.align,
            }
        )

    def _qr(self, data: bytes) -> None:
        now = self.settings
        self._end_line()
        element = {"kind": "qr", "data": data.decode("utf-8", "replace"), "size": now.qr_size}
        self._print({**element, "level": now.qr_level, "align": now.align})

    def _symbol(self, symbology: str, data: bytes) -> None:
        """A code that is only named on the paper."""
        self._end_line()
        text = data.decode("utf-8", "replace")
        element = {"kind": "symbol", "symbology": symbology, "data": text}
        self._print({**element, "align": self.settings.align})

    # --- page mode ---

    def _begin_page(self) -> None:
        self._end_line()
        self._areas = [Area(0, 0, self._dots, PAGE_ROWS)]

    def _area(self, area: Area) -> None:
        if self._areas is None:
            return
        self._end_line()
        area.turn = area.turn or self._areas[-1].turn
        self._areas.append(area)

    def _turn(self, quarters: int) -> None:
        if self._areas is not None:
            self._end_line()
            last = self._areas[-1]
            self._areas.append(Area(last.x, last.y, last.width, last.height, quarters & 3))

    def _down(self, dots: int) -> None:
        """Go to a row of the area."""
        if self._areas is not None:
            self._end_line()
            self._areas[-1].at_y = max(0, dots)

    def _place(self, element: Element) -> None:
        assert self._areas is not None  # noqa: S101 - for the type checker
        area = self._areas[-1]
        if element["kind"] != "feed" and sum(len(a.items) for a in self._areas) < MAX_PAGE_ITEMS:
            area.items.append({"x": area.at_x, "y": area.at_y, "element": element})
        area.at_y += max(height_dots(element), self.settings.line_dots)

    def _end_page(self, *, leave: bool) -> None:
        """Print the page; ``leave`` goes back to line mode and forgets it."""
        if self._areas is None:
            return
        self._end_line()
        areas = [area for area in self._areas if area.items]
        if areas:
            rows = max(_bottom(area) for area in areas)
            page = {"kind": "page", "rows": rows, "areas": [_plain(area) for area in areas]}
            self._paper.add(page)
            self.printed.append(page)
        if leave:
            self._areas = None

    def _drop_page(self) -> None:
        self.settings.spans, self.settings.used = [], 0
        self._areas = None


def _style_of(span: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in span.items() if key != "text"}


def _bottom(area: Area) -> int:
    if area.turn:
        return area.y + area.height
    return area.y + max(int(item["y"]) + height_dots(item["element"]) for item in area.items)


def _plain(area: Area) -> Element:
    return {
        "x": area.x, "y": area.y, "width": area.width, "height": area.height, "turn": area.turn,
        "items": area.items,
    }  # fmt: skip
