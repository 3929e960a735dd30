"""Pack the terminal, its Python and its libraries for a machine that has no disk of its own.

An archive of the kernel's form (cpio, newc) that is laid behind the machine's first file system.
It holds this interpreter, its library, the packages that the terminal loads, and the product.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from tests.power_cuts.guest import LAZY

ROOT = Path(__file__).resolve().parents[2]
TREE = ("terminal", "drivers", "tests/power_cuts", "tests/flows/nursery.py")
ZONES = Path("/usr/share/zoneinfo/Europe")
LEFT_OUT = {"test", "idlelib", "tkinter", "lib2to3", "ensurepip", "site-packages", "ui"}
LEFT_OUT |= {"turtledemo", "config-3.11-x86_64-linux-gnu", "distutils"}
SHIPPED = {".py", ".pyc", ".so", ".mo", ".po", ".json", ".toml", ".csv", ".txt", ".ttf", ".pem"}
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


def pack(to: Path) -> Path:
    """Write the archive."""
    files = sorted({path for path in _files() if path.is_file()})
    libraries = _libraries([path for path in files if ".so" in path.name or path == _python()])
    names: set[Path] = set()
    for path in (*files, *libraries):
        names |= {path, *path.parents}
    shutil.rmtree(to.parent / "program", ignore_errors=True)
    start = to.parent / "program" / "start"
    start.parent.mkdir()
    start.write_text(_start(), encoding="utf-8")
    with to.open("wb") as file:
        _cpio(Path("/"), sorted(name.relative_to("/") for name in names if name != Path("/")), file)
        _cpio(to.parent, [Path("program"), Path("program/start")], file)
    return to


def _start() -> str:
    """Return what the first program of the machine runs."""
    return (
        f"cd {shlex.quote(str(ROOT))}\n"
        f"export PYTHONPATH={shlex.quote(str(ROOT))}\n"
        f"{shlex.quote(str(_python()))} -m tests.power_cuts.guest\n"
    )


def _python() -> Path:
    """Return the virtual environment's: a child that looks at no variable finds its packages."""
    return Path(sys.executable)


def _files() -> Iterator[Path]:
    yield from (_python(), Path(sys.prefix, "pyvenv.cfg"), Path(sys.executable).resolve())
    yield from _below(Path(sysconfig.get_path("stdlib")))
    for name in TREE:
        path = ROOT / name
        yield from [path] if path.is_file() else _below(path)
    yield ROOT / "tests" / "__init__.py"
    yield from ZONES.rglob("*")
    for place in _packages():
        yield from [place] if place.is_file() else place.rglob("*")


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in LEFT_OUT:
                yield from _below(path)
        elif path.suffix in SHIPPED:
            yield path


def _packages() -> Iterator[Path]:
    """Yield the packages that any part of the terminal but the window loads."""
    import terminal
    from tests.flows import nursery

    nursery._load()
    for name in LAZY:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(terminal.__path__, "terminal."):
        if not module.name.startswith("terminal.ui") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and "site-packages" in file and not name.startswith("_distutils"):
            within = Path(file.partition("site-packages/")[2])
            place = Path(file.partition("site-packages")[0], "site-packages")
            yield place / within.parts[0]
            yield from (one for one in place.glob(f"{within.parts[0]}*.libs"))


def _libraries(programs: list[Path]) -> set[Path]:
    """Return what the loader needs for these, by the names under which it looks for them."""
    told = subprocess.run(
        ["ldd", *map(str, programs)], capture_output=True, text=True, check=False
    ).stdout
    return {Path(path) for path in _LIBRARY.findall(told)}


def _cpio(top: Path, names: list[Path], file) -> None:
    """Append an archive; links to folders (/lib) become folders, links to files what they name."""
    subprocess.run(
        ["cpio", "--quiet", "--create", "--null", "--dereference", "--format=newc", "--owner=0:0"],
        cwd=top,
        input=b"\0".join(str(name).encode() for name in names) + b"\0",
        stdout=file,
        check=True,
    )


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
