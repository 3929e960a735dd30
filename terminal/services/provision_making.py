"""A checked provisioning put into the data folder: each step can be done again after a cut."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from terminal.appliance.provisioning_file import MAX_BESIDE_BYTES, Provisioning
from terminal.appliance.provisioning_settings import OPERATORS
from terminal.config import Config
from terminal.folder import DataFolder
from terminal.services.operators import Operators, OperatorsError
from terminal.services.provision_changes import FileChange, changed_config
from terminal.services.shop_making import SAMPLE_ARTICLES, make_books, make_key, write_settings
from terminal.services.support_pin import set_support_pin
from terminal.store.catalogue import DIRECTORY, POINTER
from terminal.store.catalogue_import import import_catalogue
from terminal.whole_files import write_whole

TERMINAL_USER = "reprise"
"""Whom the data folder belongs to on an appliance."""
TOKEN = "head-office-token"  # noqa: S105 - the name of a file
"""In ``keys/``: the word that lets this till in (``terminal/head_office_settings.py``)."""
COMMISSIONING, OFFERED = "commissioning", "offered"


def make(folder: DataFolder, new: Provisioning, card: Path) -> None:
    """Make the data folder of a new terminal; the settings come last.

    Raises:
        CatalogueRefused: the file of articles is none.
        OSError, JournalError: the disk failed; it can be tried again.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    _catalogue(folder, new, card)
    key = make_key(folder)
    operators = Operators((), key)
    for one in new.operators:
        operators.add(one.number, one.name, one.role, one.pin, first_pin=True)
    operators.save(folder.path)
    _machine(folder, new, key, card)
    make_books(folder)
    _give(folder.path)
    write_settings(folder, _offering(_settled(folder, new.config, new), new))
    _give(folder.path)


def change(
    folder: DataFolder, new: Provisioning, old: Mapping[str, Any], found: list[FileChange],
    card: Path,
) -> None:  # fmt: skip
    """Apply what a changed file changes; everything else stays as it is on the terminal.

    Raises:
        ConfigError: the settings cannot be used together with those adopted on the terminal.
        CatalogueRefused: the file of articles is none.
        OSError, OperatorsError: the disk failed; it can be tried again.
    """
    config = changed_config(folder, found)
    if any(one.key.startswith("catalogue.") for one in found):
        _catalogue(folder, new, card, renew=True)
    key = make_key(folder)
    operators = Operators.load(folder.path, key)
    numbers = {one.number for one in new.operators}
    for row in old.get(OPERATORS, ()):
        if row["number"] not in numbers:
            operators.remove(row["number"])
    for one in new.operators:
        if one.pin:
            operators.add(one.number, one.name, one.role, one.pin, first_pin=True)
        else:
            operators.rename(one.number, one.name, one.role)
    operators.save(folder.path)
    _machine(folder, new, key, card)
    write_settings(folder, _settled(folder, config, new))
    _give(folder.path)


def accompany(folder: DataFolder, new: Provisioning, card: Path) -> None:
    """Keep what a file brings besides settings and people, for books that came another way.

    Raises OSError: the disk failed; it can be tried again.
    """
    _machine(folder, new, make_key(folder), card)
    _give(folder.path)


def known_operators(folder: DataFolder) -> frozenset[str]:
    """Return the numbers of those who have a PIN here."""
    try:
        operators = Operators.load(folder.path, b"")
    except OperatorsError:
        return frozenset()
    return frozenset(one.operator_id for one in operators.records)


def _catalogue(folder: DataFolder, new: Provisioning, card: Path, *, renew: bool = False) -> None:
    source = card / new.catalogue.file if new.catalogue.file else SAMPLE_ARTICLES
    if not new.catalogue.file and not renew and (folder.path / DIRECTORY / POINTER).exists():
        return  # a catalogue that came another way is not replaced by samples
    import_catalogue(folder.path, source)


def _machine(folder: DataFolder, new: Provisioning, key: bytes, card: Path) -> None:
    """Keep what belongs to the data folder besides settings, operators and books."""
    if new.access.support_pin:
        set_support_pin(folder, key, new.access.support_pin)
    if logo := new.config.shop.logo:
        _take(card / logo, folder.path / logo)
    if authority := new.head_office.authority:
        _take(card / authority, folder.keys / authority)
    if token := new.head_office.enrolment_token:
        write_whole(folder.keys / TOKEN, f"{token}\n".encode())


def _settled(folder: DataFolder, config: Config, new: Provisioning) -> Config:
    """Return the settings with the place of a certificate that came with the file."""
    if not new.head_office.authority:
        return config
    ca_file = str(folder.keys / new.head_office.authority)
    return replace(config, head_office=replace(config.head_office, ca_file=ca_file))


def _offering(config: Config, new: Provisioning) -> Config:
    """Return the settings of a new machine: it asks to be commissioned, unless its file says."""
    if COMMISSIONING in new.tables.get("terminal", {}):
        return config
    return replace(config, terminal=replace(config.terminal, commissioning=OFFERED))


def _take(source: Path, target: Path) -> None:
    """Copy a file that lies beside the settings; one that came another way stays."""
    if source.is_file():
        with source.open("rb") as file:
            write_whole(target, file.read(MAX_BESIDE_BYTES))


def _give(path: Path) -> None:
    """Make everything the terminal's own, which does not run as root."""
    if os.getuid() != 0:
        return
    try:
        user = pwd.getpwnam(TERMINAL_USER)
    except KeyError:
        return  # no appliance
    os.chown(path, user.pw_uid, user.pw_gid)
    for _, folders, files, here in os.fwalk(path):
        for name in (*folders, *files):
            os.chown(name, user.pw_uid, user.pw_gid, dir_fd=here, follow_symlinks=False)
