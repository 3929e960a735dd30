"""What a terminal asks its till to show: DisplayRequest, InputRequest and EventNotification.

The terminal sends these by itself, to an address of the till that is set in the terminal.  They are
advisory: nothing about money is ever decided on them, so repeating or losing one changes nothing.
"""

from __future__ import annotations

from typing import Any

from drivers.card_numbers import scrub
from drivers.payment.base import Progress
from drivers.payment.nexo.json_text import Tree

MAX_TEXT = 120
EVENTS = {"CardInserted": "pin", "CardRemoved": "remove_card"}


def read_prompt(message: Tree) -> Progress | None:
    """Read what the terminal wants shown: DisplayRequest, InputRequest or EventNotification."""
    for output in (
        *message.items("DisplayRequest", "DisplayOutput"),
        *message.items("InputRequest", "DisplayOutput"),
        *message.items("EventNotification", "DisplayOutput"),
    ):
        texts = [line.text("Text") for line in output.items("OutputContent", "OutputText")]
        known = output.text("OutputContent", "PredefinedContent", "ReferenceID")
        return Progress("text", scrub(" ".join(filter(None, [*texts, known]))[:MAX_TEXT]))
    event = message.text("EventNotification", "EventToNotify")
    kind = EVENTS.get(event, "text")
    return Progress(kind, scrub(event[:MAX_TEXT])) if event else None


def answer_prompt(message: Tree) -> dict[str, Any] | None:
    """Return the answer to a prompt; None for an event, which wants none.

    What is to be shown is shown; a question is refused, for the terminal has keys of its own.
    """
    header = message.at("MessageHeader").value
    if not isinstance(header, dict):
        return None
    replied = {**header, "MessageType": "Response"}
    if message.at("DisplayRequest"):
        outputs = message.items("DisplayRequest", "DisplayOutput")
        results = [{**_place(output), "Response": {"Result": "Success"}} for output in outputs]
        return {"MessageHeader": replied, "DisplayResponse": {"OutputResult": results}}
    if message.at("InputRequest"):
        refused = {"Result": "Failure", "ErrorCondition": "UnavailableDevice"}
        result = {**_place(message.at("InputRequest", "InputData")), "Response": refused}
        return {"MessageHeader": replied, "InputResponse": {"InputResult": result}}
    return None


def _place(output: Tree) -> dict[str, str]:
    return {"Device": output.text("Device"), "InfoQualify": output.text("InfoQualify")}
