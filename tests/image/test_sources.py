"""Where packages come from: what apt uses on the machine that builds, for Debian's suites alone."""

import pytest

from image import sources
from image.recipe import BuildError
from image.sources import Archive

STANZAS = """\
Types: deb
# a remark
URIs: {base}/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: {base}/debian-security
Suites: bookworm-security
Components: main
"""
VENDOR = "deb [signed-by=/x] {base}/vendor cloud-sdk-bookworm main\n"
BASE = "mirror://shop.invalid"


def apt(folder, **files):
    (folder / "sources.list.d").mkdir()
    for name, text in files.items():
        (folder / "sources.list.d" / name.replace("_", ".")).write_text(text.format(base=BASE))
    return folder


def test_stanzas_and_lines_say_the_same(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    lines = "deb {base}/debian bookworm main # ours\n"
    lines += "deb {base}/debian-security bookworm-security main\n"
    apt(one, debian_sources=STANZAS, vendor_list=VENDOR)
    apt(other, debian_list=lines)
    expected = [Archive(f"{BASE}/debian", False), Archive(f"{BASE}/debian-security", True)]
    assert sources.archives(one) == expected
    assert sources.archives(other) == expected


def test_the_suite_is_that_of_the_image_whatever_the_machine_runs(tmp_path):
    parts = "main non-free-firmware"
    assert sources.lines(apt(tmp_path, debian_sources=STANZAS)) == [
        f"deb {BASE}/debian trixie {parts}",
        f"deb {BASE}/debian trixie-updates {parts}",
        f"deb {BASE}/debian-security trixie-security {parts}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        VENDOR,
        "Types: deb-src\nURIs: {base}/debian\nSuites: trixie\n",
        "Enabled: no\nTypes: deb\nURIs: {base}/debian\nSuites: trixie\n",
    ],
)
def test_a_machine_without_a_mirror_of_debian_is_told(tmp_path, text):
    with pytest.raises(BuildError, match="no mirror of Debian"):
        sources.lines(apt(tmp_path, other_sources=text, vendor_list=VENDOR))
