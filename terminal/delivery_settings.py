"""Settings of how receipts reach customers; ``docs/receipts-delivery.md`` explains them."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.settings import (
    ConfigError,
    Said,
    choice,
    flag,
    listens_somewhere,
    setting,
    text,
    texts,
    whole,
)

CHOICES = ("print", "email", "both", "link", "none")
_LINES = 8
"""Lines of a letter that a shop may word itself."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How customers may have their receipt, and what comes back on one."""

    choices: tuple[str, ...] = setting(
        ("print", "none"),
        "In the order of the screen; the first is the default.",
        texts(len(CHOICES), choice(*CHOICES), ","),
    )
    code_on_paper: bool = setting(
        False, "Print the code that any till can verify; else only the bars.", flag()
    )
    foreign_returns: str = setting(
        "supervisor",
        "Returns on another till's receipt, whose own returns are not known here.",
        choice("refuse", "supervisor"),
    )
    mail_server: str = setting(
        "", "Name of the SMTP server; empty: no e-mail.", text(200, r"[\w.:\[\]-]*", "a host name")
    )
    mail_port: int = setting(587, "587 for STARTTLS, 465 for TLS.", whole(1, 65_535))
    mail_security: str = setting(
        "starttls",
        "starttls or tls; none only without a password.",
        choice("starttls", "tls", "none"),
    )
    mail_user: str = setting("", "Empty: the server wants no password.", text(200))
    mail_password_file: str = setting(
        "",
        "File of the password; empty: keys/mail-password in the data folder.",
        text(200, r"/\S+|", "an absolute path"),
    )
    mail_from: str = setting(
        "", "Address of the sender.", text(200, r"[\w.+-]+@[\w.-]+|", "an e-mail address")
    )
    mail_sender: str = setting("", "Name of the sender; empty: the shop's.", text(60))
    mail_subject: str = setting("", "Instead of the words of the catalogue.", text(120))
    mail_greeting: str = setting("", "Likewise.", text(120))
    mail_body: tuple[str, ...] = setting((), "Likewise, by lines.", texts(_LINES, text(200)))
    mail_give_up_h: int = setting(
        48, "How long a letter is tried before staff is told.", whole(1, 240, "hours")
    )
    web_listen: str = setting(
        "",
        "Address and port of the receipts' own small web page; empty: none.",
        text(60, r"[\d.]+:\d{1,5}|", 'like "0.0.0.0:8080"', listens_somewhere),
    )
    web_address: str = setting(
        "",
        "How a telephone in the shop's network reaches that page.",
        text(100, r"https?://[\w.:\[\]/-]*[\w\]]|", 'like "http://192.168.1.20:8080"'),
    )
    web_days: int = setting(30, "How long a receipt stays on that page.", whole(1, 730, "days"))

    def check(self) -> None:
        """Check what no single setting can tell. Raises ConfigError."""
        if not self.choices:
            said = Said("config.delivery_none")
            raise ConfigError("it must name at least one", key="delivery.choices", said=said)
        if {"email", "both"} & set(self.choices) and not (self.mail_server and self.mail_from):
            raise ConfigError(
                "e-mail needs delivery.mail_server and delivery.mail_from",
                key="delivery.choices",
                said=Said("config.delivery_mail"),
            )
        if "link" in self.choices and not (self.web_listen and self.web_address):
            raise ConfigError(
                "link needs delivery.web_listen and delivery.web_address",
                key="delivery.choices",
                said=Said("config.delivery_link"),
            )
        if self.mail_user and self.mail_security == "none":
            raise ConfigError(
                "a password is never sent in the clear; use starttls or tls",
                key="delivery.mail_security",
                said=Said("config.delivery_clear"),
            )
