"""Reprise itself, as /opt/reprise: a virtual environment put together without running anything.

Every wheel is one of the lock, proven by its hash. The few that nobody publishes for the target are
compiled from the locked sources in a throw-away root; the image has no compiler.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

from image import roots
from image.recipe import PROJECT, PYTHON, PYTHON_TAG, BuildError, Target, Workshop, key_of, run

LOCK = PROJECT / "requirements.lock"
PREFIX = Path("opt/reprise")
PLATFORMS = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_24", "manylinux2014", "manylinux_2_5")
"""What Debian 13 (glibc 2.41) runs, newest first; pip wants each by name."""
SOURCES = ("terminal", "drivers", "pyproject.toml", "README.md", "LICENSE")
LAUNCHER = """\
#!/opt/reprise/bin/python3
import sys

from terminal.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
"""
COMPILED_WITH = "-g0"
"""No notes for a debugger: they name the folder of this one build."""
VENV = f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {PYTHON}\n"


def requirements(lock: str, target: Target) -> list[str]:
    """Return the lines of a lock that hold on the target, without their markers, with hashes."""
    environment = {
        "python_version": PYTHON,
        "python_full_version": f"{PYTHON}.0",
        "platform_machine": target.machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    wanted = []
    for line in lock.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        said, *hashes = line.split("--hash=")
        requirement = Requirement(said.strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            proof = " ".join(f"--hash={one.strip()}" for one in hashes)
            wanted.append(f"{requirement.name}{requirement.specifier} {proof}")
    return wanted


def wheels(shop: Workshop) -> Path:
    """Return the folder of the wheels that the program needs on the target."""
    lines = requirements(LOCK.read_text(encoding="utf-8"), shop.target)
    kept = shop.kept("wheels", key_of(*lines, PYTHON, *PLATFORMS, COMPILED_WITH))
    if kept.exists():
        return kept
    fresh = shop.folder / "wheels.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    wanted = fresh / "requirements.txt"
    wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run(
        *_pip("download"),
        *("--require-hashes", "--no-deps", "--no-build-isolation", "-r", wanted, "-d", fresh),
        *_for(shop.target),
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
    )
    wanted.unlink()
    sources = sorted(path for path in fresh.iterdir() if path.suffix != ".whl")
    if sources:
        _compile(shop, sources, fresh)
    for old in shop.folder.glob("wheels-*"):
        shutil.rmtree(old)
    return fresh.rename(kept)


def install(shop: Workshop, root: Path) -> list[Path]:
    """Put the program and all it needs into ``root``; return its wheels, for the list of parts."""
    venv = root / PREFIX
    packages = venv / "lib" / f"python{PYTHON}" / "site-packages"
    packages.mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text(VENV, encoding="ascii")
    (venv / "bin").mkdir()
    for name in ("python3", "python"):
        (venv / "bin" / name).symlink_to("/usr/bin/python3")
    launcher = venv / "bin" / "reprise"
    launcher.write_text(LAUNCHER, encoding="ascii")
    launcher.chmod(0o755)
    found = sorted(wheels(shop).glob("*.whl"))
    with tempfile.TemporaryDirectory(dir=shop.folder) as scratch:
        found.append(_our_wheel(Path(scratch)))
        _unpack(found, packages, shop.target)
    for scripts in ("bin", "share"):  # of other packages: nothing that the terminal calls
        shutil.rmtree(packages / scripts, ignore_errors=True)
    for record in packages.glob("*.dist-info/RECORD"):
        text = record.read_text(encoding="utf-8")
        record.write_text(without_scripts(text), encoding="utf-8")
    return found


def without_scripts(record: str) -> str:
    """Return a wheel's list of installed files without its scripts, which are not there.

    They name the Python that built the image, and their hashes with them.
    """
    lines = record.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("../../"))


def _unpack(found: list[Path], packages: Path, target: Target) -> None:
    names = [f"{w.name.split('-')[0]}=={w.name.split('-')[1]}" for w in found]
    places = sorted({f"--find-links={w.parent}" for w in found})
    run(
        *_pip("install"),
        *("--no-index", "--no-deps", "--no-compile", "--target", packages),
        *("--only-binary=:all:", *_for(target), *places, *names),
        env={"PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""},
    )


def _our_wheel(scratch: Path) -> Path:
    """Build the wheel of the project from a clean copy, with its catalogues compiled."""
    source = scratch / "source"
    source.mkdir()
    for name in SOURCES:
        path = PROJECT / name
        if path.is_dir():
            skip = shutil.ignore_patterns("__pycache__", "*.mo", "*.pyc")
            shutil.copytree(path, source / name, ignore=skip)
        else:
            shutil.copy2(path, source / name)
    for words in sorted(source.rglob("*.po")):
        compiled = words.with_suffix(".mo")
        run(
            *(sys.executable, "-c", "from babel.messages.frontend import main; main()"),
            *("--quiet", "compile", "-i", words, "-o", compiled),
        )
    run(*_pip("wheel"), "--no-deps", "--no-build-isolation", "-w", scratch, source)
    return next(scratch.glob("*.whl"))


def _compile(shop: Workshop, sources: list[Path], into: Path) -> None:
    """Compile wheels of the target in the root that has a compiler, which is then thrown away."""
    roots.can_run(shop.target)
    archive = roots.tools_root(shop)
    root = shop.folder / "tools"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    try:
        run("tar", "--numeric-owner", "-xpf", archive, "-C", root)
        (root / "wheels").mkdir()
        for source in sources:
            shutil.move(source, root / "wheels" / source.name)
        run(
            *("chroot", root, "python3", "-m", "pip", "wheel", "--no-index", "--no-deps"),
            *("--no-build-isolation", "-w", "/wheels"),
            *(f"/wheels/{source.name}" for source in sources),
            env={
                "HOME": "/root",
                "PYPI": "1",
                "CFLAGS": COMPILED_WITH,
                "PIP_FIND_LINKS": "",
                "PIP_EXTRA_INDEX_URL": "",
            },
        )
        built = sorted((root / "wheels").glob("*.whl"))
        if len(built) != len(sources):
            raise BuildError(f"of {len(sources)} sources only {len(built)} became wheels")
        for wheel in built:
            shutil.move(wheel, into / wheel.name)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _pip(verb: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pip", verb, "--quiet", "--disable-pip-version-check")


def _for(target: Target) -> list[str]:
    words = ["--python-version", PYTHON, "--implementation", "cp"]
    words += [word for abi in (PYTHON_TAG, "abi3", "none") for word in ("--abi", abi)]
    named = [f"{platform}_{target.machine}" for platform in PLATFORMS]
    named += [f"manylinux_2_17_{target.machine}", f"linux_{target.machine}"]
    return words + [word for name in named for word in ("--platform", name)]
