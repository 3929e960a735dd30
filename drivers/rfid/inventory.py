"""The tags of one reading: each counts once, however often and by how many antennas it was seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from drivers.rfid.base import MAX_TAGS, Sighting, Tag


class Inventory:
    """Collects sightings; bounded by MAX_TAGS, see ``overflowed``."""

    def __init__(self) -> None:
        self._tags: dict[str, Tag] = {}
        self.overflowed = 0
        """Sightings of further tags, beyond MAX_TAGS different ones."""

    def see(self, sightings: Iterable[Sighting]) -> None:
        """Count sightings."""
        for sighting in sightings:
            known = self._tags.get(sighting.epc)
            if known is not None:
                self._tags[sighting.epc] = _seen_again(known, sighting)
            elif len(self._tags) < MAX_TAGS:
                self._tags[sighting.epc] = Tag(
                    sighting.epc,
                    sighting.count,
                    sighting.rssi_dbm,
                    (sighting.antenna,) if sighting.antenna else (),
                    sighting.first_us,
                    sighting.last_us,
                )
            else:
                self.overflowed += 1

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Every tag once, ordered by EPC."""
        return tuple(self._tags[epc] for epc in sorted(self._tags))


def _seen_again(tag: Tag, sighting: Sighting) -> Tag:
    antennas = {*tag.antennas, *([sighting.antenna] if sighting.antenna else [])}
    return replace(
        tag,
        count=tag.count + sighting.count,
        rssi_dbm=max(_known(tag.rssi_dbm, sighting.rssi_dbm), default=None),
        antennas=tuple(sorted(antennas)),
        first_us=min(_known(tag.first_us, sighting.first_us), default=None),
        last_us=max(_known(tag.last_us, sighting.last_us), default=None),
    )


def _known(*values: int | None) -> list[int]:
    return [value for value in values if value is not None]
