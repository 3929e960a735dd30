"""Properties under the article: which are printed, in which order, how (RCP-07 to RCP-09).

Each is a record of its own in the settings; their order there is the order on the paper.  A record
may hold for one language of the paper or one site alone, so that a label can be said in each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from terminal.core.figures import Figures
from terminal.core.numbering import is_digits
from terminal.core.state import Line

TEXT, AMOUNT = "text", "amount"


@dataclass(frozen=True, slots=True)
class PropertyRule:
    """One property that the paper shows."""

    key: str
    """Of the article's attribute: ``colour``."""
    label: str = ""
    """Stands before the value; empty for the value alone."""
    form: str = TEXT
    """``text``, or ``amount`` for minor units per piece."""
    language: str = ""
    """Language of the paper that this record holds for; empty for every one."""
    site: str = ""
    """Shop that this record holds for; empty for every one."""

    def written(self, line: Line, figures: Figures) -> Iterator[str]:
        """Yield the property's values, one after the other; none when the article has none."""
        for key, value in line.attributes:
            if key != self.key or not value:
                continue
            if self.form == AMOUNT:
                if not is_digits(value):
                    continue
                value = figures.amount(int(value) * abs(line.quantity))  # noqa: PLW2901
            yield f"{self.label} {value}".strip()


ECO = "eco"
"""Attribute of the eco-participation; it is printed even where no record asks for it."""
DEFAULT_PROPERTIES = (PropertyRule(ECO), PropertyRule("colour"), PropertyRule("size"))
"""What is printed where nothing is set."""


def in_scope(
    rules: tuple[PropertyRule, ...], *, language: str, site: str
) -> tuple[PropertyRule, ...]:
    """Return the records that hold for a paper of this language at this site, in their order."""
    return tuple(
        rule for rule in rules if rule.language in {"", language} and rule.site in {"", site}
    )
