"""The zbar library as reader of bar codes: what a scanner would make of a picture of our paper."""

from __future__ import annotations

import ctypes
import ctypes.util

from PIL import Image

_Y800 = int.from_bytes(b"Y800", "little")


class Reader:
    """Reads bar codes and QR codes from greyscale pictures."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("zbar")
        assert name, "libzbar0 is missing; image/setup-debian installs it"
        self._zbar = ctypes.CDLL(name)
        for function in (
            "zbar_image_scanner_create", "zbar_image_create", "zbar_image_first_symbol",
            "zbar_symbol_next", "zbar_get_symbol_name",
        ):  # fmt: skip
            getattr(self._zbar, function).restype = ctypes.c_void_p
        self._zbar.zbar_symbol_get_data.restype = ctypes.POINTER(ctypes.c_char)
        self._zbar.zbar_get_symbol_name.restype = ctypes.c_char_p
        self._scanner = ctypes.c_void_p(self._zbar.zbar_image_scanner_create())
        self._zbar.zbar_image_scanner_set_config(self._scanner, 0, 0, 1)

    def read(self, picture: Image.Image) -> set[tuple[str, str]]:
        """Return what is found, as (symbology, data)."""
        grey = picture.convert("L").tobytes()
        image = ctypes.c_void_p(self._zbar.zbar_image_create())
        self._zbar.zbar_image_set_format(image, ctypes.c_ulong(_Y800))
        self._zbar.zbar_image_set_size(image, picture.width, picture.height)
        self._zbar.zbar_image_set_data(image, grey, ctypes.c_ulong(len(grey)), None)
        self._zbar.zbar_scan_image(self._scanner, image)
        found = set(self._symbols(image))
        self._zbar.zbar_image_destroy(image)
        return found

    def _symbols(self, image: ctypes.c_void_p):
        symbol = self._zbar.zbar_image_first_symbol(image)
        while symbol:
            pointer = ctypes.c_void_p(symbol)
            kind = self._zbar.zbar_symbol_get_type(pointer)
            length = self._zbar.zbar_symbol_get_data_length(pointer)
            data = self._zbar.zbar_symbol_get_data(pointer)[:length]
            yield self._zbar.zbar_get_symbol_name(kind).decode(), data.decode()
            symbol = self._zbar.zbar_symbol_next(pointer)
