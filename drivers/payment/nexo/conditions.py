"""What an ErrorCondition of nexo means for the attempt (nexo Retailer Protocol 3.1, Response).

``Failure`` says that the service was not rendered; the condition says why.  Conditions that this
table does not have, as later versions will add, are refusals: nothing was paid either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.payment.base import Outcome

CONDITIONS: Mapping[str, Outcome] = MappingProxyType(
    {
        **dict.fromkeys(("Aborted", "Cancel"), Outcome.CANCELLED),
        **dict.fromkeys(
            ("InvalidCard", "PaymentRestriction", "Refusal", "UnreachableHost", "WrongPIN"),
            Outcome.DECLINED,
        ),
        **dict.fromkeys(
            (
                "Busy",
                "DeviceOut",
                "InsertedCard",
                "LoggedOut",
                "MessageFormat",
                "NotAllowed",
                "UnavailableDevice",
                "UnavailableService",
            ),
            Outcome.NOT_PROCESSED,
        ),
        "InProgress": Outcome.IN_PROGRESS,
    }
)
"""``NotFound`` is not here: it answers a question, and what it proves depends (rule R9)."""


def outcome_of(condition: str) -> Outcome:
    """Return how a failed request ended."""
    return CONDITIONS.get(condition, Outcome.DECLINED)
