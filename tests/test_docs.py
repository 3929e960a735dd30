"""The documents say what the code says."""

import dataclasses
import os
import re
import tomllib
from pathlib import Path

from terminal.core.errors import REFUSAL_CODES
from terminal.core.events import EVENTS, Event
from terminal.words import Words

ROOT = Path(__file__).resolve().parent.parent
EVENTS_PAGE = ROOT / "docs" / "events.md"
REWRITE = "REPRISE_WRITE_DOCS"
"""Set it to have ``docs/events.md`` written anew instead of compared."""

HEAD = f"""# Events

Every fact the journal may hold, in the order of `terminal/core/events.py`. An event is never
edited after a release: a new version is added, and the journal's upcasts turn old payloads into
new ones. Units stand last in a field's name: `_minor` minor units, `_g` grams, `_bp` hundredths of
a percent, `_ms` milliseconds since 1970-01-01 UTC.

This page is made from the code: `{REWRITE}=1 python -m pytest tests/test_docs.py`.

| event | version | fields | what happened |
|---|---|---|---|
"""


def explain(cls: type[Event]) -> str:
    """Return the first paragraph of an event's docstring, or its English name."""
    docstring = cls.__doc__ or ""
    if not docstring or docstring.startswith(f"{cls.__name__}("):
        return Words("en", strict=True).text(f"event.{cls.__name__}") + "."
    paragraph = docstring.strip().split("\n\n")[0]
    return re.sub(r"``([^`]*)``", r"`\1`", " ".join(paragraph.split())).replace("|", "\\|")


def row(name: str, cls: type[Event]) -> str:
    fields = ", ".join(f"`{field.name}`" for field in dataclasses.fields(cls))
    return f"| `{name}` | {cls.VERSION} | {fields} | {explain(cls)} |\n"


def test_the_page_of_events_is_what_the_code_says():
    page = HEAD + "".join(row(name, cls) for name, cls in EVENTS.items())
    if os.environ.get(REWRITE):
        EVENTS_PAGE.write_text(page, encoding="utf-8")
    assert EVENTS_PAGE.read_text(encoding="utf-8") == page


def test_every_direct_dependency_has_its_row():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
    ]
    names = [re.split(r"[<>=!~\[ ]", requirement)[0].lower() for requirement in wanted]
    assert [name for name in names if f"| {name} |" not in listed] == []


def test_every_direct_dependency_is_locked_with_hashes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for file, requirements in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", project["optional-dependencies"]["dev"]),
    ):
        lock = (ROOT / file).read_text(encoding="utf-8")
        pinned = dict(
            re.findall(r"^([a-z0-9-]+)==(\S+)[^\n]*\\\n\s+--hash=sha256:", lock, re.MULTILINE)
        )
        names = [re.split(r"[<>=]", requirement)[0] for requirement in requirements]
        assert [name for name in names if name not in pinned] == []


def test_both_locks_agree():
    versions = []
    for file in ("requirements.lock", "requirements-dev.lock"):
        lock = (ROOT / file).read_text(encoding="utf-8")
        versions.append(dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE)))
    runtime, everything = versions
    assert runtime.items() <= everything.items()


def test_links_between_documents_lead_somewhere():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    named = {
        target
        for page in pages
        for target in re.findall(
            r"`((?:docs|terminal|drivers|image|tests|systemd)/[\w./-]+)`",
            page.read_text(encoding="utf-8"),
        )
    }
    assert sorted(target for target in named if not (ROOT / target).exists()) == []


def test_every_refusal_code_is_snake_case():
    assert [code for code in REFUSAL_CODES if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []
