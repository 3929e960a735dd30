"""What a built image holds: parts and versions, sizes, checksums."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from image.recipe import Target
from image.system import System

CHUNK = 1 << 20


def sha256(file: Path) -> str:
    """Return the checksum of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def parts(system: System, target: Target, version: str) -> dict[str, object]:
    """Return the list of parts as a CycloneDX 1.5 document (an SBOM)."""
    components: list[dict[str, object]] = []
    for named, number in system.packages:
        name, _, arch = named.partition(":")
        purl = f"pkg:deb/debian/{name}@{number}?arch={arch}"
        components.append({"type": "library", "name": name, "version": number, "purl": purl})
    for wheel in system.wheels:
        name, number = wheel.name.split("-")[:2]
        purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{number}"
        one: dict[str, object] = {"type": "library", "name": name, "version": number, "purl": purl}
        one["hashes"] = [{"alg": "SHA-256", "content": sha256(wheel)}] if wheel.exists() else []
        components.append(one)
    subject = {"type": "firmware", "name": f"reprise-{target.name}", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
    }


def sizes(system: System, files: dict[str, Path]) -> dict[str, object]:
    """Return what takes the room: the largest folders of the system, and each file system."""
    folders: dict[str, int] = {}
    for path in system.root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            relative = path.relative_to(system.root).parts
            folders["/".join(relative[:3])] = (
                folders.get("/".join(relative[:3]), 0) + path.stat().st_size
            )
    largest = sorted(folders.items(), key=lambda item: -item[1])[:25]
    return {
        "unpacked_bytes": sum(folders.values()),
        "file_systems": {name: file.stat().st_size for name, file in files.items()},
        "largest": dict(largest),
    }


def write(file: Path, content: dict[str, object]) -> None:
    """Write one of the above."""
    file.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
