"""A receipt as an e-mail, and its way to the shop's mail server (RCP-03).

Sources: RFC 5321 (4xx is tried again, 5xx is final), RFC 5322 (Message-ID), RFC 8314 (TLS).
"""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path

from terminal.config import Config
from terminal.core.numbering import grouped
from terminal.services.letters import Letter, NotDelivered
from terminal.settings import ConfigError
from terminal.words import Words

ATTACHMENT = "ticket.pdf"
PASSWORD_FILE = "mail-password"  # noqa: S105 - its name, in the folder of keys
ANSWER_S = 30.0
"""For each answer of the mail server."""
MAX_PASSWORD_BYTES = 1024
MS_PER_S = 1000
_PERMANENT = range(500, 600)
_LINE_ENDS = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in."""

    host: str
    port: int
    security: str
    user: str
    password: str

    @classmethod
    def of(cls, config: Config, keys: Path) -> MailServer:
        """Return the server of the settings. Raises ConfigError: its password cannot be read."""
        asked = config.delivery
        password = ""
        if asked.mail_user:
            path = Path(asked.mail_password_file or keys / PASSWORD_FILE)
            try:
                with path.open(encoding="utf-8") as file:
                    password = file.read(MAX_PASSWORD_BYTES).strip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(
                    f"{path} cannot be read: {error}", key="delivery.mail_password_file"
                ) from error
        return cls(
            asked.mail_server, asked.mail_port, asked.mail_security, asked.mail_user, password
        )


def compose(config: Config, words: Words, letter: Letter, *, pdf: bytes, text: str) -> EmailMessage:
    """Return the e-mail of a receipt, in the customer's language; the receipt as ``ticket.pdf``.

    Args:
        words: of the language that the customer chose.
        text: the receipt as plain text, for readers that show no attachment.
    """
    asked, shop = config.delivery, config.shop
    sender = one_line(asked.mail_sender or shop.name)
    number = grouped(letter.receipt_number)
    given = {"shop": shop.name, "number": number}
    user, _, domain = asked.mail_from.partition("@")
    message = EmailMessage()
    message["From"] = Address(sender, user, domain)
    message["To"] = Address(addr_spec=letter.address)
    message["Subject"] = one_line(asked.mail_subject or words.text("mail.subject", **given))
    message["Date"] = formatdate(letter.queued_ms // MS_PER_S)
    message["Message-ID"] = message_id(letter, domain)
    message["Auto-Submitted"] = "auto-generated"
    body = "\n".join(asked.mail_body) or words.text("mail.body", **given)
    greeting = asked.mail_greeting or words.text("mail.greeting", **given)
    message.set_content(f"{greeting}\n\n{body}\n\n{sender}\n\n{text}")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=ATTACHMENT)
    return message


def message_id(letter: Letter, domain: str) -> str:
    """Return the one Message-ID of a letter: whoever gets it twice can tell."""
    return f"<{letter.letter}.{letter.receipt_number}@{domain}>"


def one_line(text: str) -> str:
    """Return a text without line ends: a header must not hold another."""
    return _LINE_ENDS.sub(" ", text).strip()


def hand_in(server: MailServer, message: EmailMessage) -> None:
    """Give a letter to the mail server; blocking, for a thread of its own.

    Raises:
        NotDelivered: the server did not take it, or cannot be spoken with as the settings want.
    """
    context = ssl.create_default_context()
    try:
        with _connected(server, context) as line:
            if server.security == "starttls":
                line.starttls(context=context)
            if server.user:
                line.login(server.user, server.password)
            line.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _answered(codes[0] if codes else 0, "address_refused") from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotDelivered("login_refused") from error
    except smtplib.SMTPNotSupportedError as error:
        raise NotDelivered("tls_refused") from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, "refused") from error
    except ssl.SSLError as error:
        raise NotDelivered("tls_refused") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotDelivered("server_away") from error


def _connected(server: MailServer, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=ANSWER_S, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=ANSWER_S)


def _answered(code: int, reason: str) -> NotDelivered:
    """Return what an answer means: 5xx is final, anything else is tried again."""
    final = code in _PERMANENT
    return NotDelivered(reason if final else "try_later", final=final)
