"""Settings of what the books lie on; ``docs/storage.md`` explains them."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.settings import flag, setting, text, whole


@dataclass(frozen=True, slots=True)
class Storage:
    """The card, its reserve, and the second copy of the journal."""

    endurance_gb: int = setting(
        0,
        "What the card's maker vouches for, in GB written (TBW x 1000); 0: the sheet says nothing.",
        whole(0, 10_000_000, "GB"),
    )
    slow_commit_ms: int = setting(
        500,
        "Warn when one commit in a hundred takes longer, for an hour.",
        whole(20, 60_000, "milliseconds"),
    )
    ballast_mb: int = setting(
        64,
        "Reserve on the disk that ends sales and closes the day when it is full; 0: none.",
        whole(0, 1024, "MB"),
    )
    second_copy: bool = setting(
        False,
        "This till is to have a second copy of its journal on a stick: say so when it is old.",
        flag(),
    )
    second_copy_max_age_min: int = setting(
        60, "A second copy older than this is told.", whole(5, 10_080, "minutes")
    )
    second_copy_folder: str = setting(
        "",
        "Folder of the second copy; empty: the stick labelled REPRISECOPY, or one adopted.",
        text(200, r"/\S+|", "an absolute path"),
    )
