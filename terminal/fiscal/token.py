"""A key in a token (a TPM 2.0, a secure element, a card), by what they share: PKCS#11.

The key is made in the token and cannot leave it (CKA_EXTRACTABLE false, CKA_SENSITIVE true); what
is signed here is the SHA-256 of a text, by CKM_ECDSA (OASIS PKCS#11 3.0, section 2.3).

A token can hang, be pulled out and be put back.  So one thread alone touches it, nobody waits for
that thread beyond a deadline, and after any error everything is opened anew.  A PIN that was wrong
is not tried again: three to ten wrong tries lock a token for good.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any, NoReturn, TypeVar

from terminal.fiscal.signing import KeyUnusable, Verifier, b64url, key_id_of
from terminal.fiscal.token_address import TokenAddress

log = logging.getLogger(__name__)

BACKEND = "pkcs11"
SIGN_S = 1.5
"""A TPM signs in a tenth of a second; a payment terminal waits four seconds for the books."""
OPEN_S = 10.0
"""For opening at a start, and for making a key: a card may have to be reset."""
SIGNATURE_BYTES = 64
READY = "ready"
"""Signed to see whether the token signs; no record begins so."""
ABSENT, PIN_REFUSED, SILENT = "key_absent", "key_pin_refused", "key_silent"
_WRONG = ("PinIncorrect", "PinExpired", "PinInvalid", "PinLenRange")
_LOCKED = "PinLocked"
"""A try does a locked token no harm, and a TPM unlocks itself after a while."""

Result = TypeVar("Result")


class TokenSigner:
    """Signs with a key that stays in its token."""

    backend = BACKEND

    def __init__(self, address: TokenAddress) -> None:
        """Open the token and find the key. Raises KeyUnusable."""
        self._address = address
        self._hand = hand_of(address.module)
        self._wrong_pin = ""
        self._session: Any = None
        self._key: Any = None
        self.public_key = b""
        self._hand.call(self._open, OPEN_S)
        self._key_id = key_id_of(self.public_key)

    @property
    def key_id(self) -> str:
        return self._key_id

    def sign(self, text: str) -> str:
        """Return the signature of a text's UTF-8 bytes. Raises KeyUnusable within SIGN_S."""
        digest = hashlib.sha256(text.encode()).digest()
        return b64url(self._hand.call(lambda: self._signed(digest), SIGN_S))

    def ready(self) -> None:
        """Sign something that is no record. Raises KeyUnusable within SIGN_S."""
        self.sign(READY)

    # --- on the token's thread --------------------------------------------------------------------

    def _signed(self, digest: bytes) -> bytes:
        library = _library()
        if self._key is not None:
            try:
                return self._ask(library, digest)
            except library.PKCS11Error as error:
                log.warning("the token is opened anew: %r", error)
                self._close(library)
        self._open()
        try:
            return self._ask(library, digest)
        except library.PKCS11Error as error:
            self._close(library)
            _fail(self._address, error)

    def _ask(self, library: Any, digest: bytes) -> bytes:
        signature = bytes(self._key.sign(digest, mechanism=library.Mechanism.ECDSA))
        if len(signature) != SIGNATURE_BYTES:
            raise KeyUnusable(f"the token answered {len(signature)} bytes, which is no signature")
        return signature

    def _open(self) -> None:
        library, address = _library(), self._address
        pin = address.pin()
        if pin == self._wrong_pin:
            raise KeyUnusable(
                "the token refused this PIN before; it is not tried again: put the right one into "
                "its file",
                PIN_REFUSED,
            )
        try:
            self._session = _opened(library, address, pin)
            found = _names(library, address) | {library.Attribute.KEY_TYPE: library.KeyType.EC}
            public = _only(self._session, found, library.ObjectClass.PUBLIC_KEY, library)
            self._key = _only(self._session, found, library.ObjectClass.PRIVATE_KEY, library)
            self._take(library, public)
        except library.PKCS11Error as error:
            if type(error).__name__ in _WRONG:
                self._wrong_pin = pin
            self._close(library)
            _fail(address, error)
        except KeyUnusable:
            self._close(library)
            raise

    def _take(self, library: Any, public: Any) -> None:
        """Accept the key that was found: of the right curve, kept in, and the same as before."""
        encoded = _public_key(public)
        Verifier(encoded)
        with suppress(library.AttributeTypeInvalid):
            if self._key[library.Attribute.EXTRACTABLE]:
                raise KeyUnusable("the key may leave its token; make another (reprise make-key)")
        if self.public_key and self.public_key != encoded:
            raise KeyUnusable(
                f"the token holds another key, {key_id_of(encoded)}, than at the start: put back "
                f"the one with {key_id_of(self.public_key)}, or start again to change keys",
                ABSENT,
            )
        self.public_key = encoded

    def _close(self, library: Any) -> None:
        """Forget the token: what is plugged in is looked for anew."""
        session, self._session, self._key = self._session, None, None
        with suppress(library.PKCS11Error):
            if session is not None:
                session.close()
        with suppress(library.PKCS11Error):
            library.lib(self._address.module).reinitialize()


def make_token_key(address: TokenAddress) -> bytes:
    """Make a key in the token, which never lets it out; return its public half, DER.

    Raises:
        KeyUnusable: the token cannot be opened or makes no such key, or has one of this name.
    """
    return hand_of(address.module).call(lambda: _make(address), OPEN_S)


def _make(address: TokenAddress) -> bytes:
    library = _library()
    yes_no = library.Attribute
    try:
        with _opened(library, address, address.pin(), rw=True) as session:
            named = _names(library, address) | {yes_no.KEY_TYPE: library.KeyType.EC}
            if list(session.get_objects(named)):
                raise KeyUnusable("the token has a key of this name already; it is never replaced")
            curve = import_module("pkcs11.util.ec").encode_named_curve_parameters("secp256r1")
            made = session.create_domain_parameters(
                library.KeyType.EC, {yes_no.EC_PARAMS: curve}, local=True
            )
            public, _private = made.generate_keypair(
                store=True,
                label=address.object or None,
                id=address.id or None,
                public_template=_unsaid(library, "ENCRYPT", "WRAP", "VERIFY"),
                private_template={
                    **_unsaid(library, "DECRYPT", "UNWRAP", "DERIVE"),
                    yes_no.SIGN: True, yes_no.EXTRACTABLE: False, yes_no.SENSITIVE: True,
                },
            )  # fmt: skip
            return _public_key(public)
    except library.PKCS11Error as error:
        _fail(address, error)


def _unsaid(library: Any, *names: str) -> dict[Any, Any]:
    """Leave attributes to the token: a TPM refuses those that are not what it would say itself."""
    return {getattr(library.Attribute, name): library.constants.DEFAULT for name in names}


class _Job:
    """Something for the token's thread to do, unless nobody waits for it any more."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self.done = threading.Event()
        self.given_up = False
        self.result: Any = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except Exception as error:  # noqa: BLE001 - it is raised where the result is awaited
            self.error = error
        finally:
            self.done.set()


class Hand:
    """A thread that alone touches a token's library, and a deadline for everybody who waits for it.

    A daemon: a token that hangs must not keep the program from ending.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="token", daemon=True).start()

    def call(self, work: Callable[[], Result], within_s: float) -> Result:
        """Return what ``work`` returns. Raises KeyUnusable, also when it takes too long."""
        job = _Job(work)
        self._jobs.put(job)
        if not job.done.wait(within_s):
            job.given_up = True
            raise KeyUnusable(
                f"the token gave no answer within {within_s} s: look at its cable, or restart",
                SILENT,
            )
        if job.error is not None:
            raise job.error
        result: Result = job.result
        return result

    def _serve(self) -> None:
        while True:
            job = self._jobs.get()
            if not job.given_up:
                job.run()


@cache
def hand_of(_module: str) -> Hand:
    """Return the thread of a token's library: there is one, whoever signs (training does too)."""
    return Hand()


def _library() -> Any:
    """Load python-pkcs11, which only a shop with a token has."""
    try:
        return import_module("pkcs11")
    except ImportError as error:
        raise KeyUnusable(
            "keys in tokens need python-pkcs11: pip install -r requirements-pkcs11.lock"
        ) from error


def _token(library: Any, address: TokenAddress) -> Any:
    wanted: dict[str, Any] = {}
    if address.token:
        wanted["token_label"] = address.token
    if address.serial:
        wanted["token_serial"] = address.serial.encode()
    try:
        return library.lib(address.module).get_token(**wanted)
    except OSError as error:
        raise KeyUnusable(f"{address.module}: the token's library cannot be loaded ({error})",
                          ABSENT) from error  # fmt: skip


def check_tries(flags: Any, flag: Any) -> None:
    """Leave the last try of a PIN to a person: a service that restarts would lock the token.

    Raises:
        KeyUnusable: the next wrong PIN locks the token, or one has.
    """
    if flags & (flag.USER_PIN_FINAL_TRY | flag.USER_PIN_LOCKED):
        raise KeyUnusable(
            "the token's PIN was refused too often: put the right one into its file, and log in "
            "once by hand (pkcs11-tool --login); a locked token is unlocked with its SO PIN",
            PIN_REFUSED,
        )


def _opened(library: Any, address: TokenAddress, pin: str, *, rw: bool = False) -> Any:
    """Return a session that may sign; a login holds for every session of this process."""
    token = _token(library, address)
    check_tries(token.flags, library.TokenFlag)
    try:
        return token.open(user_pin=pin, rw=rw)
    except library.UserAlreadyLoggedIn:
        return token.open(rw=rw)


def _names(library: Any, address: TokenAddress) -> dict[Any, Any]:
    named: dict[Any, Any] = {}
    if address.object:
        named[library.Attribute.LABEL] = address.object
    if address.id:
        named[library.Attribute.ID] = address.id
    return named


def _only(session: Any, named: Mapping[Any, Any], kind: Any, library: Any) -> Any:
    found = list(session.get_objects({**named, library.Attribute.CLASS: kind}))
    if len(found) != 1:
        raise KeyUnusable(
            f"the token has {len(found)} keys of this name, not one (reprise make-key makes it)",
            ABSENT,
        )
    return found[0]


def _public_key(public: Any) -> bytes:
    encoded: bytes = import_module("pkcs11.util.ec").encode_ec_public_key(public)
    return encoded


def _fail(address: TokenAddress, error: Exception) -> NoReturn:
    """Say what a technician can do about an error of the token. Raises KeyUnusable."""
    name = type(error).__name__
    token = address.token or address.serial
    if name in (*_WRONG, _LOCKED):
        raise KeyUnusable(
            f"the token {token} refused its PIN ({name}): put the right one into its file; a "
            "locked token is unlocked with its SO PIN",
            PIN_REFUSED,
        ) from error
    raise KeyUnusable(
        f"the token {token} cannot be used ({name} {error}): is it plugged in, and set up?", ABSENT
    ) from error
