"""What is done around the sales: documents found again, closures, archives, training."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.services.archiving import Archiving
from terminal.services.documents import Documents
from terminal.services.extraction import Extraction
from terminal.services.restarting import Restarting
from terminal.services.schooling import Schooling


@dataclass(frozen=True, slots=True)
class BackOffice:
    """The services beside the counter, one of each."""

    documents: Documents
    extraction: Extraction
    schooling: Schooling
    archiving: Archiving
    restarting: Restarting
