"""The rules of the house (docs/architecture.md) that a machine can keep."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from terminal.logs import passes_luhn

ROOT = Path(__file__).resolve().parent.parent

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
LONG_FILES = {
    "terminal/core/events.py": "one flat list of facts, with nothing to split but the alphabet",
    "terminal/fiscal/verify_archive.py": "one file that an inspector takes away, without ours",
}
"""Files allowed to be longer, each with its reason."""

BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "handler", "data", "lib"}
TOP_LEVEL = {
    *("terminal", "drivers", "systemd", "image", "tests", "docs"),
    *("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile"),
    *(
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-build.lock",
        "requirements-pkcs11.lock",
        "demo-data",
        "demo-pictures",
        "build",
        "dist",
    ),
}
TEXT_SUFFIXES = {
    *(".py", ".kv", ".md", ".toml", ".txt", ".po", ".lock", ".service", ".rules", ".json"),
    *(".sh", ".csv", ".conf", ".cfg", ".svg", ".jsonl", ""),
}


def modules(*folders: str) -> list[Path]:
    """Return our Python files, sorted."""
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def texts() -> Iterator[tuple[str, str]]:
    """Yield every text file that we write, but this one: its name and content."""
    ours = ("terminal", "drivers", "systemd", "image", "tests", "docs", ".ci")
    files = [path for folder in ours for path in sorted((ROOT / folder).rglob("*"))]
    files += sorted(path for path in ROOT.iterdir() if path.name in TOP_LEVEL)
    for path in files:
        if not path.is_file() or "__pycache__" in path.parts or path == Path(__file__).resolve():
            continue
        if path.suffix in TEXT_SUFFIXES:
            yield name(path), path.read_text(encoding="utf-8")


PRODUCT = modules("terminal", "drivers")
EVERYTHING = modules("terminal", "drivers", "image", "tests")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines of a function without its docstring."""
    documented = function.body[0] if ast.get_docstring(function, clean=False) else None
    doc_lines = 1 + documented.end_lineno - documented.lineno if documented else 0
    return 1 + function.end_lineno - function.lineno - doc_lines


def public_functions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Yield the public functions and methods of a module, with their qualified names."""
    for node in body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, f"{prefix}{node.name}.")


def dataclass_options(node: ast.ClassDef) -> dict[str, object] | None:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Name) and called.id == "dataclass":
            keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
            return {k.arg: k.value.value for k in keywords if isinstance(k.value, ast.Constant)}
    return None


# --- size and names -------------------------------------------------------------------------------


def test_no_file_is_longer_than_400_lines():
    lines = {name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in EVERYTHING}
    long = {n for n, count in lines.items() if count > MAX_FILE_LINES}
    assert long - LONG_FILES.keys() == set()
    assert LONG_FILES.keys() - long == set(), "an exemption that is no longer needed"


def test_no_function_is_longer_than_50_lines():
    long = [
        f"{name(path)}:{function.lineno} {function.name} {length(function)}"
        for path in EVERYTHING
        for function in functions(path)
        if length(function) > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing():
    assert [name(path) for path in EVERYTHING if path.stem in BANNED_NAMES] == []
    bases = {
        p.parent.parent.name for p in PRODUCT if p.stem == "base" and p.parent.name != "fiscal"
    }
    assert bases <= {"drivers", ROOT.name}, "base.py belongs to driver families and fiscal regimes"


def test_nothing_new_lies_at_the_top():
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert {n for n in visible if not n.endswith(".egg-info")} - TOP_LEVEL == set()


# --- documentation --------------------------------------------------------------------------------


def test_every_module_says_what_it_is():
    assert [name(path) for path in EVERYTHING if not ast.get_docstring(tree(path))] == []


def test_every_public_function_of_core_journal_and_drivers_is_documented():
    """One statement needs no docstring when the name says it: an accessor, a protocol's member."""
    bare = [
        f"{name(path)}: {qualified}"
        for path in modules("terminal/core", "terminal/journal", "drivers")
        for qualified, function in public_functions(tree(path).body)
        if not ast.get_docstring(function) and len(function.body) > 1
    ]
    assert bare == []


def test_nothing_is_left_unfinished():
    words = re.compile("TO" + "DO|FIX" + "ME|NotImplemented" + "Error")
    written = [(n, text) for n, text in texts() if not n.endswith((".csv", ".lock"))]
    assert [n for n, text in written if words.search(text)] == []


# --- the core -------------------------------------------------------------------------------------


def test_the_core_knows_no_floating_point():
    """Money and weight are integers; ``/`` would make a float of them, ``//`` does not."""
    found = []
    for path in modules("terminal/core"):
        for node in ast.walk(tree(path)):
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
            is_name = isinstance(node, ast.Name) and node.id in {"float", "complex", "Decimal"}
            is_division = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(
                node.op, ast.Div
            )
            if is_float or is_name or is_division:
                found.append(f"{name(path)}:{node.lineno}")
    assert found == []


def test_values_of_the_core_are_frozen_and_slotted():
    loose = [
        f"{name(path)}: {node.name}"
        for path in modules("terminal/core")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and (options := dataclass_options(node)) is not None
        and not (options.get("frozen") and options.get("slots"))
    ]
    assert loose == []


def test_events_are_frozen_and_slotted_without_exception():
    from terminal.core.events import EVENTS, Event

    for event in (Event, *EVENTS.values()):
        assert event.__dataclass_params__.frozen, event
        assert "__dict__" not in dir(event), event


# --- habits ---------------------------------------------------------------------------------------


def calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name):
                yield node.lineno, function.id
            elif isinstance(function, ast.Attribute):
                yield node.lineno, function.attr


def test_only_the_command_line_prints():
    printing = [
        f"{name(path)}:{line}"
        for path in PRODUCT
        if not name(path).startswith(("terminal/cli/", "terminal/__main__"))
        for line, called in calls(path)
        if called == "print"
    ]
    assert printing == []


def test_the_screens_have_one_heartbeat_at_most():
    """The demonstration's panel is a program of its own, with its own."""
    intervals = [
        f"{name(path)}:{line}"
        for path in modules("terminal/ui")
        for line, called in calls(path)
        if called == "schedule_interval"
    ]
    panel = [where for where in intervals if where.startswith("terminal/ui/panel/")]
    assert len(panel) <= 1, panel
    assert len(intervals) - len(panel) <= 1, intervals


def test_a_name_that_a_rule_file_sets_is_set_once():
    """A ``#:set`` is known in every rule file: a second one changes the first one's screens."""
    sets = [
        found[1]
        for path in (ROOT / "terminal" / "ui").rglob("*.kv")
        for found in re.finditer(r"^#:set (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(sets) > 1
    assert sorted(sets) == sorted(set(sets))


def test_no_handler_swallows_everything():
    """One that raises again, or keeps the error for whoever awaits it, may see everything."""

    def is_broad(handler: ast.ExceptHandler) -> bool:
        caught = handler.type
        return caught is None or (
            isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"}
        )

    def passes_on(handler: ast.ExceptHandler) -> bool:
        last = handler.body[-1]
        kept = isinstance(last, ast.Assign) and isinstance(last.value, ast.Name)
        return isinstance(last, ast.Raise) or (kept and last.value.id == handler.name)

    swallowing = [
        f"{name(path)}:{node.lineno}"
        for path in EVERYTHING
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and not passes_on(node)
    ]
    assert swallowing == []


def test_no_test_is_skipped_or_without_an_assertion():
    def asserts(function: Function) -> bool:
        return any(
            isinstance(node, ast.Assert)
            or (isinstance(node, ast.Attribute) and node.attr in {"raises", "fail"})
            or (isinstance(node, ast.Name) and node.id.startswith(("assert_", "check_", "expect_")))
            or (isinstance(node, ast.Attribute) and node.attr.startswith(("assert_", "check_")))
            for node in ast.walk(function)
        )

    suites = [path for path in modules("tests") if path.name.startswith("test_")]
    empty = [
        f"{name(path)}: {function.name}"
        for path in suites
        for function in functions(path)
        if function.name.startswith("test_") and not asserts(function)
    ]
    skipped = [
        f"{name(path)}:{node.lineno}"
        for path in suites
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"xfail", "skip"}
    ]
    assert empty + skipped == []


# --- drivers --------------------------------------------------------------------------------------

FAMILIES = sorted(
    folder.name
    for folder in (ROOT / "drivers").iterdir()
    if (folder / "base.py").is_file()
    and folder.name != "transports"
    and any(path.stem not in {"base", "__init__"} for path in folder.glob("*.py"))
)


def test_every_driver_family_has_a_simulator():
    without = [
        family
        for family in FAMILIES
        if not any("simulator" in path.stem for path in (ROOT / "drivers" / family).glob("*.py"))
    ]
    assert without == []


KIT_OF_ITS_OWN = "tests/drivers/test_timekeeping.py"
"""The machine's clock is read from files: there is no wire that the common kit could cut."""


def test_every_driver_family_passes_a_conformance_kit():
    kits = [
        path.read_text(encoding="utf-8")
        for path in modules("tests/drivers")
        if "conformance" in name(path) or name(path) == KIT_OF_ITS_OWN
    ]
    untested = [f for f in FAMILIES if not any(f"drivers.{f}" in kit or f in kit for kit in kits)]
    assert untested == []


# --- what must never stand in the repository ------------------------------------------------------

REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "piwheels" + ".org", "index" + "-url")
DEVELOPER_PATHS = re.compile(r"(?<![\w.}])/(?:home/\w|root/|work/|Users/|mnt/c/|tmp/\w+-scratch)")
CARD_LIKE = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){14,18}(?![0-9A-Za-z])")
CARD_PREFIXES = re.compile(
    r"4|5[0-8]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|3(?:0[0-5]|[68])|35|6[0-9]"
)
"""First digits of card numbers in use (ISO/IEC 7812); receipt numbers begin with 82."""


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_a_package_registry(host):
    assert [n for n, text in texts() if host in text] == []


def test_no_file_names_a_path_of_a_developers_machine():
    found = [f"{n}: {hit[0]}" for n, text in texts() for hit in DEVELOPER_PATHS.finditer(text)]
    assert found == []


def looks_like_a_card(digits: str) -> bool:
    return bool(CARD_PREFIXES.match(digits)) and passes_luhn(digits)


def test_no_file_holds_what_could_be_a_card_number():
    """Tests build theirs at run time; GTINs are shorter, receipt numbers begin otherwise."""
    found = [
        n
        for n, text in texts()
        for hit in CARD_LIKE.finditer(text)
        if looks_like_a_card(re.sub(r"\D", "", hit[0]))
    ]
    assert found == []


def test_the_rule_about_card_numbers_would_find_one():
    body = "4" + "0" * 14
    number = next(body + str(d) for d in range(10) if passes_luhn(body + str(d)))
    grouped = " ".join(number[i : i + 4] for i in range(0, 16, 4))
    for shown in (number, grouped):
        hit = CARD_LIKE.search(f"paid with {shown}.")
        assert hit
        assert looks_like_a_card(re.sub(r"\D", "", hit[0]))
    assert not looks_like_a_card("820000000000004514")
