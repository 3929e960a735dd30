"""What a certain terminal can do beyond the protocol's common part, chosen by configuration.

Makers read Concert V3 differently: one terminal gives our private data (CF) back, another fills it
in itself; one can be asked for a duplicata, another prints it and says nothing.  Nothing is guessed
at run time: a wrong guess about money is worse than a question to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

IDENTIFIER = "012345678901"
"""CJ when the shop's software has no number of the Association du Paiement; terminals take it."""

ECHOES = ("CA", "CD", "CE", "CF")
"""What an approval gives back of the request, besides the amount."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of terminal.  The defaults are what the specification says and all are seen to do.

    Raises ValueError for values that no message can carry.
    """

    version: str = "0300"
    """CZ: protocol version of our requests."""
    identifier: str = IDENTIFIER
    """CJ: 12 digits."""
    application: str = ""
    """CC of a debit: ``00C`` makes it a cheque, empty leaves the choice to the terminal."""
    echoes_reference: bool = True
    """CF carries our reference and comes back.  False: CF is not sent, and the connection alone
    tells that an answer is ours; then no later answer can be believed."""
    omits: tuple[str, ...] = ()
    """Tags of ours (CA, CD, CE, CF) that an approval of this terminal leaves out.  One that comes
    back all the same must be as it was sent.  The amount is always wanted: it decides."""
    partial: bool = True
    """An approval may be for less than asked (meal vouchers)."""
    refund: bool = True
    cancellation: bool = True
    """CD=2 undoes a debit from the till."""
    duplicata: bool = True
    """CD=3 gives the ticket of the last operation, evidence for a person."""
    duplicata_has_reference: bool = False
    """The duplicata carries CF and CB *of the operation*, and so proves an approval."""
    transaction_status: bool = False
    """CD=T tells what became of the operation whose reference CF carries."""
    ticket: bool = True
    """CK is sent, and the customer's ticket comes back in ZT."""
    collection: bool = True
    """CD=B starts the télécollecte."""

    def __post_init__(self) -> None:
        if not (len(self.version) == 4 and self.version.isdigit()):
            raise ValueError(f"a protocol version has four digits, not {self.version!r}")
        if not (len(self.identifier) == 12 and self.identifier.isdigit()):
            raise ValueError(f"an identifier has twelve digits, not {self.identifier!r}")
        if self.application and not (len(self.application) == 3 and self.application.isalnum()):
            raise ValueError(f"an application has three characters, not {self.application!r}")
        if not set(self.omits) <= set(ECHOES):
            raise ValueError(f"an answer may omit {', '.join(ECHOES)}, not {self.omits!r}")
        if "CF" in self.omits and (self.transaction_status or self.duplicata_has_reference):
            raise ValueError("what does not come back with its reference proves nothing later")


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "standard": Profile(),
        "own-reference": Profile(echoes_reference=False, ticket=False),
        "reference-kept": Profile(omits=("CF",)),
        "nepting": Profile(cancellation=False, duplicata=False),
        "payxpert": Profile(version="0320", transaction_status=True, collection=False),
    }
)
"""Profiles by the name that a configuration gives them.

``own-reference`` is for terminals that put a CF of their own in every answer; ``reference-kept``
for those that take ours and leave it out: no answer that comes later can be believed then.
"""


def profile_named(name: str) -> Profile:
    """Return a profile. Raises ValueError with the names that there are."""
    profile = PROFILES.get(name)
    if profile is None:
        raise ValueError(f"profile {name!r} is none of {', '.join(PROFILES)}")
    return profile
