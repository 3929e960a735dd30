"""What each printer model can do: the facts a driver cannot ask for.

Dots, columns and code page numbers are those of the makers' manuals (Epson TM-T20III, TM-m30III,
TM-T88V and VI technical references; Star Line Mode command specification).  Clones follow Epson
without saying how far, so the generic profiles use nothing but the oldest commands, and the driver
asks at the first connection what they confirm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from drivers.printer.base import Confirmation


class Language(StrEnum):
    ESCPOS = "escpos"
    STAR_LINE = "star_line"


class ImageCommand(StrEnum):
    """How a picture is sent."""

    RASTER = "GS v 0"
    """The oldest raster command; every thermal printer has it."""
    GRAPHICS = "GS ( L"
    """Store (function 112) and print (50); Epson's current one."""
    COLUMNS = "ESC *"
    """Bands of 24 dots; slow, for impact printers and odd clones."""
    STAR_BANDS = "ESC k"
    """Bands of 24 rows of Star line mode."""


class UnknownProfile(ValueError):
    """No profile has this name."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A printer model. Font A has cells of 12 by 24 dots, font B of 9 dots."""

    name: str
    title: str
    paper_mm: int
    dots: int
    columns: int
    """Characters of font A on a line."""
    columns_b: int
    dpi: int
    code_pages: Mapping[int, str]
    """Number of ESC t (Star: ESC GS t) -> Python codec."""
    language: Language = Language.ESCPOS
    confirmation: Confirmation = Confirmation.PROCESS_ID
    """The best it may offer; the driver finds out whether it does."""
    can_clear: bool = True
    """Acknowledges DLE DC4 8."""
    cutter: bool = True
    drawer: bool = True
    image: ImageCommand = ImageCommand.RASTER
    native_qr: bool = True
    native_barcodes: bool = True
    guards_pulse: bool = True
    """Knows GS ( D: the drawer cannot be fired by bytes inside an image."""
    encoding: str = "cp1252"
    maker: str = ""
    model: str = ""
    """What it answers to GS I 66 and 67."""

    @property
    def code_page(self) -> int:
        """The number that selects ``encoding``."""
        return next(n for n, codec in self.code_pages.items() if codec == self.encoding)


EPSON_PAGES: Mapping[int, str] = MappingProxyType(
    {
        0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737",
        15: "iso8859-7", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 21: "cp874",
        33: "cp775", 34: "cp855", 35: "cp861", 36: "cp862", 37: "cp864", 38: "cp869",
        39: "iso8859-2", 40: "iso8859-15", 45: "cp1250", 46: "cp1251", 47: "cp1253", 48: "cp1254",
        49: "cp1255", 50: "cp1256", 51: "cp1257", 52: "cp1258",
    }
)  # fmt: skip
CLONE_PAGES: Mapping[int, str] = MappingProxyType(
    {0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866",
     18: "cp852", 19: "cp858"}
)  # fmt: skip
STAR_PAGES: Mapping[int, str] = MappingProxyType(
    {
        0: "cp437", 1: "cp437", 4: "cp858", 5: "cp852", 6: "cp860", 7: "cp861", 8: "cp863",
        9: "cp865", 10: "cp866", 11: "cp855", 12: "cp857", 13: "cp862", 14: "cp864", 15: "cp737",
        17: "cp869", 18: "iso8859-7", 21: "cp874", 32: "cp1252", 33: "cp1250", 34: "cp1251",
        97: "tis-620",
    }
)  # fmt: skip

_GENERIC_80 = Profile(
    "generic-80", "ESC/POS, 80 mm", 80, 576, 48, 64, 203, CLONE_PAGES,
    maker="REPRISE", model="SIM-T20",
)  # fmt: skip
_T20 = Profile(
    "epson-tm-t20iii", "Epson TM-T20III", 80, 576, 48, 64, 203, EPSON_PAGES,
    image=ImageCommand.GRAPHICS, maker="EPSON", model="TM-T20III",
)  # fmt: skip
_ALL = (
    _GENERIC_80,
    replace(
        _GENERIC_80, name="generic-58", title="ESC/POS, 58 mm", paper_mm=58, dots=384, columns=32,
        columns_b=42, model="SIM-58",
    ),
    replace(
        _GENERIC_80, name="clone-80", title="Unknown clone, 80 mm",
        confirmation=Confirmation.FENCE, can_clear=False, native_qr=False, guards_pulse=False,
        maker="GENERIC", model="POS-80",
    ),
    replace(
        _GENERIC_80, name="clone-58", title="Unknown clone, 58 mm", paper_mm=58, dots=384,
        columns=32, columns_b=42, confirmation=Confirmation.NONE, can_clear=False, cutter=False,
        image=ImageCommand.COLUMNS, native_qr=False, native_barcodes=False, guards_pulse=False,
        maker="GENERIC", model="POS-58",
    ),
    _T20,
    replace(
        _T20, name="epson-tm-m30iii", title="Epson TM-m30III", columns_b=57, model="TM-m30III"
    ),
    replace(
        _T20, name="epson-tm-t88v", title="Epson TM-T88V", dots=512, columns=42, columns_b=56,
        dpi=180, model="TM-T88V",
    ),
    replace(
        _T20, name="epson-tm-t88vi", title="Epson TM-T88VI", dots=512, columns=42, columns_b=56,
        dpi=180, model="TM-T88VI",
    ),
    Profile(
        "star-line", "Star line mode, 80 mm", 80, 576, 48, 64, 203, STAR_PAGES,
        language=Language.STAR_LINE, confirmation=Confirmation.FENCE, can_clear=False,
        image=ImageCommand.STAR_BANDS, native_qr=True, guards_pulse=False,
        maker="Star", model="TSP100",
    ),
)  # fmt: skip
PROFILES: Mapping[str, Profile] = MappingProxyType({one.name: one for one in _ALL})
DEFAULT = _GENERIC_80.name


def profile_of(name: str) -> Profile:
    """Return the profile of this name. Raises UnknownProfile."""
    found = PROFILES.get(name)
    if found is None:
        raise UnknownProfile(f"printer profile {name!r} is none of {', '.join(PROFILES)}")
    return found
