"""Where Debian's packages come from: the mirror that this machine uses, never a fixed one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from image.recipe import COMPONENTS, SUITE, BuildError

ETC_APT = Path("/etc/apt")
RELEASES = ("bookworm", "trixie", "forky", "stable", "oldstable", "testing")
"""What a mirror of Debian calls its suites; other vendors' archives have other names."""
PARTS = ("", "updates", "security")


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive of Debian as apt knows it."""

    uri: str
    security: bool


def archives(folder: Path = ETC_APT) -> list[Archive]:
    """Return the Debian archives that apt uses here. Raises BuildError when there is none."""
    files = [folder / "sources.list"]
    files += sorted((folder / "sources.list.d").glob("*"))
    found: list[Archive] = []
    for file in files:
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            found += _stanzas(text) if file.suffix == ".sources" else _lines(text)
    distinct = list(dict.fromkeys(found))
    if not any(not archive.security for archive in distinct):
        raise BuildError(f"{folder} names no mirror of Debian: add one to sources.list")
    return distinct


def lines(folder: Path = ETC_APT) -> list[str]:
    """Return the lines of sources.list for the suite that the image is made of."""
    wanted = []
    for archive in archives(folder):
        suites = [f"{SUITE}-security"] if archive.security else [SUITE, f"{SUITE}-updates"]
        wanted += [f"deb {archive.uri} {suite} {COMPONENTS}" for suite in suites]
    return wanted


def _stanzas(text: str) -> list[Archive]:
    found = []
    for stanza in text.split("\n\n"):
        fields = {}
        for line in stanza.splitlines():
            name, colon, value = line.partition(":")
            if colon and not line.startswith("#"):
                fields[name.strip().lower()] = value.split()
        if "deb" in fields.get("types", []) and fields.get("enabled") != ["no"]:
            for uri in fields.get("uris", []):
                found += [a for suite in fields.get("suites", []) if (a := _archive(uri, suite))]
    return found


def _lines(text: str) -> list[Archive]:
    found = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["deb"]:
            words = [word for word in words[1:] if not word.startswith("[") and "=" not in word]
            if len(words) >= 2 and (archive := _archive(words[0], words[1])):
                found.append(archive)
    return found


def _archive(uri: str, suite: str) -> Archive | None:
    release, _, part = suite.replace("/", "-").partition("-")
    if release not in RELEASES or part not in PARTS:
        return None
    return Archive(uri, security=part == "security")
