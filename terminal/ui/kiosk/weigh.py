"""The kiosk's weighing; its view is in ``presenters.kiosk.weigh``."""

from __future__ import annotations

from collections.abc import Callable

from kivy.properties import ObjectProperty

from terminal.presenters.desk import Intent
from terminal.presenters.kiosk.weigh import WeighView
from terminal.ui.screen import Sheet, rules_beside
from terminal.ui.widgets import header, keys, tiles  # noqa: F401 - used in the kv file
from terminal.ui.widgets.keys import Keypad
from terminal.ui.widgets.scale import ScaleCard


class WeighSheet(Sheet):
    """An article on the left; on the right the scale, or the keys for staff."""

    view = ObjectProperty(WeighView(), rebind=True)

    def __init__(self, take: Callable[[Intent], None], **kwargs: object) -> None:
        self._keypad, self._scale = Keypad(), ScaleCard()
        super().__init__(take, **kwargs)

    def on_view(self, _: object, view: WeighView) -> None:
        """Put the scale or the keys in place; both are built once."""
        self._scale.view = view.scale
        wanted = self._keypad if view.keypad else self._scale if view.scale.shown else None
        slot = self.ids.slot
        if slot.children[:1] != [wanted]:
            slot.clear_widgets()
            if wanted is not None:
                slot.add_widget(wanted)


rules_beside(__file__)
