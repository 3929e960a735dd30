"""A real mail server on a port of this machine (aiosmtpd), in every mood."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Office:
    """Takes letters and keeps them; ``says`` answers the next ones instead, by command."""

    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    says: dict[str, list[str]] = field(default_factory=dict)
    tries: int = 0
    port: int = 0

    def _word(self, command: str) -> str:
        waiting = self.says.get(command, [])
        return waiting.pop(0) if waiting else ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        self.tries += 1
        if word := self._word("RCPT"):
            return word
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if word := self._word("DATA"):
            return word
        message = message_from_bytes(envelope.original_content, policy=policy.SMTP)
        self.letters.append(message)
        self.recipients.extend(envelope.rcpt_tos)
        return self._word("THEN") or "250 taken"

    def check(self, server, session, envelope, mechanism, data) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == b"geheim"
        return AuthResult(success=good, handled=False)


@contextmanager
def opened(office: Office, *, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Office]:
    """Open an office; with ``tls`` it speaks STARTTLS and wants a password."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def protocol() -> SMTP:
        return SMTP(
            office, loop=loop, tls_context=tls, require_starttls=False,
            authenticator=office.check if tls else None, auth_required=tls is not None,
        )  # fmt: skip

    async def serve() -> asyncio.Server:
        return await loop.create_server(protocol, "127.0.0.1", port)

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def certificate(folder: Path, host: str) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate that vouches for itself; returns its file and a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)  # noqa: TID251 - the wall clock of the certificate, not the terminal's
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    public, private = folder / f"{host}.pem", folder / f"{host}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context
