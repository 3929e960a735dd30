"""The shop's picture at the head of a receipt: a PNG file made into dots."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from drivers.printer.base import PrintImage

MAX_FILE_BYTES = 1_048_576
MAX_SIDE = 4000
"""Pixels; a larger picture costs seconds on a small machine."""
MAX_ROWS = 400
"""Five centimetres of paper."""


class LogoError(ValueError):
    """The picture cannot be used; says why, for the technician."""


def load_logo(path: Path, dots: int) -> PrintImage:
    """Return the picture in a file, made smaller where it is wider than the paper.

    What is transparent stays white; greys become dots.  Raises LogoError.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise LogoError(f"{path.name} cannot be read: {error.strerror}") from error
    if size > MAX_FILE_BYTES:
        raise LogoError(f"{path.name} has {size} bytes; at most {MAX_FILE_BYTES} are taken")
    picture = _opened(path)
    scale = min(1.0, dots / picture.width, MAX_ROWS / picture.height)
    if scale < 1:
        smaller = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
        picture = picture.resize(smaller)
    image = import_module("PIL.Image")
    white = image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    black = white.convert("L").point(lambda level: 255 - level).convert("1")
    return PrintImage(picture.width, black.tobytes())


def _opened(path: Path) -> Any:
    image = import_module("PIL.Image")
    try:
        with image.open(path, formats=["PNG"]) as file:
            if max(file.size) > MAX_SIDE:
                raise LogoError(f"{path.name} is larger than {MAX_SIDE} pixels")
            return file.convert("RGBA")
    except (OSError, SyntaxError, ValueError, image.DecompressionBombError) as error:
        if isinstance(error, LogoError):
            raise
        raise LogoError(f"{path.name} is not a PNG picture: {error}") from error
