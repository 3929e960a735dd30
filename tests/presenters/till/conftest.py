"""The till's worlds, and shorthand to present them."""

from collections.abc import Callable
from typing import Any

import pytest

from terminal.ui.samples import till
from terminal.ui.samples.world import World
from terminal.words import Words


@pytest.fixture
def worlds() -> dict[str, World]:
    return {world.name: world for world in till.worlds()}


@pytest.fixture
def show(worlds) -> Callable[..., Any]:
    """Return a function that presents a world by name, with a presenter, in a language."""

    def present(presenter, name: str, language: str = "fr", **desk: object):
        from dataclasses import replace

        world = worlds[name]
        return presenter(
            world.state,
            replace(world.desk, **desk),
            world.surroundings,
            Words(language, strict=True),
        )

    return present
