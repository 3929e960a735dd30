"""nexo byte by byte: pairs of messages, split and merged answers, mutations, a fixed vector."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from drivers.errors import LocalProtocolError, RemoteProtocolError, Unplugged
from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.nexo.amounts import to_major, to_minor
from drivers.payment.nexo.conditions import outcome_of
from drivers.payment.nexo.crypto import AdyenCipher, SecurityKey
from drivers.payment.nexo.driver import NexoTerminal, Pace
from drivers.payment.nexo.json_text import Tree, dump, load
from drivers.payment.nexo.prompts import read_prompt
from drivers.payment.nexo.requests import Identity
from drivers.payment.waits import Waits
from drivers.transports.scripted import RecordedTransport, ScriptedTransport

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
MUTATIONS = 10_000 if FULL else 600
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
US = Identity("TILL-1", "POI-1")
REQUEST = Request("a", "0000000042", Operation.PAYMENT, 1234, "EUR")
QUICK = Waits(connect_s=0.05, answer_s=0.01, recover_s=0.0, retry_s=0.01)

SENT_BODY = (
    b'{"SaleToPOIRequest":{"MessageHeader":{"ProtocolVersion":"3.1","MessageClass":"Service",'
    b'"MessageCategory":"Payment","MessageType":"Request","ServiceID":"0000000042",'
    b'"SaleID":"TILL-1","POIID":"POI-1"},"PaymentRequest":{"SaleData":{"SaleTransactionID":'
    b'{"TransactionID":"0000000042","TimeStamp":"2026-03-01T12:00:00.000+00:00"}},'
    b'"PaymentTransaction":{"AmountsReq":{"Currency":"EUR","RequestedAmount":12.34}},'
    b'"PaymentData":{"PaymentType":"Normal"}}}}'
)
SENT = (
    b"POST /EPASSaleToPOI/3.1 HTTP/1.1\r\nHost: terminal\r\nAccept: application/json\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
) % len(SENT_BODY) + SENT_BODY
PAN_LINE = f"name=Card&value={'%2a' * 12}0010&key=pan"


def _message(**response):
    """A PaymentResponse in the form of Adyen's examples, cut down."""
    body = {
        "Response": {"Result": "Success", "AdditionalResponse": "AID=A0000000041010&expiry=1230"},
        "POIData": {"POITransactionID": {"TransactionID": "4r7i.88", "TimeStamp": "T"}},
        "PaymentResult": {
            "AmountsResp": {"AuthorizedAmount": Decimal("12.34"), "Currency": "EUR"},
            "PaymentAcquirerData": {"AcquirerPOIID": "POI-1", "ApprovalCode": "123456"},
            "PaymentInstrumentData": {
                "CardData": {
                    "PaymentBrand": "mc",
                    "MaskedPan": "541333 **** 0010",
                    "EntryMode": ["Contactless"],
                    "SensitiveCardData": {"ExpiryDate": "1225", "CardSeqNumb": "01"},
                }
            },
        },
        "PaymentReceipt": [
            {
                "DocumentQualifier": "CustomerReceipt",
                "OutputContent": {
                    "OutputText": [
                        {"Text": PAN_LINE},
                        {"Text": "key=filler"},
                        {"Text": "name=TOTAL&value=%e2%82%ac%c2%a012.34&key=totalAmount"},
                    ]
                },
            }
        ],
    }
    header = {
        "MessageClass": "Service",
        "MessageCategory": "Payment",
        "MessageType": "Response",
        "ServiceID": "0000000042",
        "SaleID": "TILL-1",
        "POIID": "POI-1",
    }
    return {"SaleToPOIResponse": {"MessageHeader": header, "PaymentResponse": body | response}}


def _http(message, *, chunked=False):
    body = dump(message).encode()
    if chunked:
        half = len(body) // 2
        parts = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (body[:half], body[half:], b""))
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + parts
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def _refused(condition):
    return _message(
        Response={"Result": "Failure", "ErrorCondition": condition}, PaymentResult={}, POIData={}
    )


def _pay(transports, committed=None):
    made = iter(transports)
    poi = NexoTerminal(
        lambda: next(made, RecordedTransport([])),
        US,
        lambda: NOW,
        waits=QUICK,
        pace=Pace(poll_s=0.001),
    )
    keep = [] if committed is None else committed
    return poi.payment(REQUEST, keep.append, lambda _: None, 0.01)


@pytest.mark.parametrize("chunk", [1, 7, 100, 4096])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_payment_is_one_pair_however_it_is_split(chunk, chunked):
    """Field bug 1 for HTTP: byte by byte and all at once give the same result."""
    script = ScriptedTransport([(SENT, _http(_message(), chunked=chunked))], chunk=chunk)
    result = _pay([script])
    script.finish()
    assert (result.outcome, result.authorized_minor) == (Outcome.APPROVED, 1234)
    assert (result.approval_code, result.poi_transaction_id) == ("123456", "4r7i.88@T")
    assert (result.brand, result.last4, result.aid) == ("mc", "0010", "A0000000041010")
    assert result.slip == ("Card ************0010", "", "TOTAL €\xa012.34")


def test_an_answer_without_a_length_ends_with_its_connection():
    """HTTP/1.0 servers do so; a body that was cut does not parse, and is asked about."""
    whole = b"HTTP/1.0 200 OK\r\n\r\n" + dump(_message()).encode()
    outcomes = [_pay([_Closing([data])]).outcome for data in (whole, whole[:-20])]
    assert outcomes == [Outcome.APPROVED, Outcome.UNKNOWN]


class _Closing(RecordedTransport):
    """A recording whose connection ends with it."""

    def read(self, limit, timeout_s):
        data = super().read(limit, timeout_s)
        if not data:
            raise Unplugged("the end")
        return data


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ("Aborted", Outcome.CANCELLED),
        ("Cancel", Outcome.CANCELLED),
        ("Refusal", Outcome.DECLINED),
        ("WrongPIN", Outcome.DECLINED),
        ("InvalidCard", Outcome.DECLINED),
        ("PaymentRestriction", Outcome.DECLINED),
        ("UnreachableHost", Outcome.DECLINED),
        ("Busy", Outcome.NOT_PROCESSED),
        ("DeviceOut", Outcome.NOT_PROCESSED),
        ("InsertedCard", Outcome.NOT_PROCESSED),
        ("LoggedOut", Outcome.NOT_PROCESSED),
        ("MessageFormat", Outcome.NOT_PROCESSED),
        ("UnavailableDevice", Outcome.NOT_PROCESSED),
        ("UnavailableService", Outcome.NOT_PROCESSED),
        ("FromTheFuture", Outcome.DECLINED),
        ("", Outcome.DECLINED),
        ("InProgress", Outcome.UNKNOWN),
        ("NotAllowed", Outcome.UNKNOWN),
    ],
)
def test_every_error_condition(condition, outcome):
    """The last two are asked about, and here nobody answers the enquiry."""
    result = _pay([RecordedTransport([_http(_refused(condition))])])
    assert result.outcome is outcome
    if outcome is not Outcome.UNKNOWN:
        assert result.native_code == condition


def test_later_conditions_are_refusals():
    assert outcome_of("Whatever") is Outcome.DECLINED


@pytest.mark.parametrize(
    "answer",
    [
        _message(Response={"Result": "Perhaps"}),
        _message(PaymentResult={}),
        _message(POIData={}),
        {
            **_message(),
            "SaleToPOIResponse": {**_message()["SaleToPOIResponse"], "MessageHeader": {}},
        },
        {"SaleToPOIRequest": {}},
        _message(
            Response={"Result": "Failure", "ErrorCondition": "Refusal"},
        ),
    ],
    ids=["result", "no-amount", "no-number", "header", "request", "refused-with-an-amount"],
)
def test_an_answer_that_contradicts_itself_is_unknown(answer):
    """R3, and field bug 15: success and failure in one message decide nothing."""
    committed = []
    assert _pay([RecordedTransport([_http(answer)])], committed).outcome is Outcome.UNKNOWN
    assert committed == []


@pytest.mark.parametrize("status", [b"500 Oops", b"401 Who", b"204 Nothing", b"302 Elsewhere"])
def test_an_http_error_proves_nothing(status):
    data = b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status
    assert _pay([RecordedTransport([data])]).outcome is Outcome.UNKNOWN


def _mutate(chance, data):
    """Change, drop, double or insert up to five bytes, or cut the frame."""
    mutant = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        if len(mutant) < 2:
            break
        at = chance.randrange(len(mutant))
        match chance.randrange(5):
            case 0:
                mutant[at] = chance.randrange(256)
            case 1:
                del mutant[at]
            case 2:
                mutant.insert(at, chance.randrange(256))
            case 3:
                mutant[at:at] = mutant[at : at + 20]
            case 4:
                del mutant[max(1, at) :]
    return bytes(mutant)


def test_mutated_refusals_are_never_approved():
    """Only errors of our own, and nothing that was refused is booked."""
    chance = random.Random(4)
    frames = [_http(_refused(c)) for c in ("Refusal", "Cancel", "Busy", "InProgress", "NotFound")]
    for _ in range(MUTATIONS):
        committed = []
        data = _mutate(chance, chance.choice(frames))
        result = _pay([RecordedTransport([data])], committed)
        assert result.outcome not in (Outcome.APPROVED, Outcome.PARTIAL), data
        assert committed == []


def test_mutated_approvals_are_booked_as_asked_or_not_at_all():
    """Plain nexo has no checksum: an amount below what was asked is a partial approval."""
    chance = random.Random(5)
    frame = _http(_message())
    for _ in range(MUTATIONS):
        committed = []
        result = _pay([RecordedTransport([_mutate(chance, frame)])], committed)
        assert all(said.ref == REQUEST.ref for said in committed)
        assert all(0 < said.authorized_minor <= 1234 for said in committed)
        assert (result.outcome is Outcome.APPROVED) <= (result.authorized_minor == 1234)


def test_mutated_sealed_answers_do_not_open(nexo_bench, sale):
    """With Adyen's seal a changed byte of blob or trailer opens nothing: not even in part."""
    chance = random.Random(6)
    cipher = AdyenCipher(SecurityKey("secret", "key", 1))
    sealed = cipher.seal({"ServiceID": "1"}, dump(_message()).encode())
    for _ in range(MUTATIONS):
        name = chance.choice(["NexoBlob", "Hmac", "Nonce"])
        inside = sealed if name == "NexoBlob" else sealed["SecurityTrailer"]
        text = inside[name]
        at = chance.randrange(len(text) - 4)
        letter = chance.choice([c for c in "ABCabc019+/" if c != text[at]])
        changed = text[:at] + letter + text[at + 1 :]
        trailer = {**sealed["SecurityTrailer"], **({} if name == "NexoBlob" else {name: changed})}
        blob = changed if name == "NexoBlob" else sealed["NexoBlob"]
        mutant = {"NexoBlob": blob, "SecurityTrailer": trailer}
        with pytest.raises(RemoteProtocolError):
            cipher.open(Tree(mutant))


VECTOR = {
    "MessageHeader": {"ServiceID": "0000000042"},
    "NexoBlob": "bCSdA/21eXKqHofUI2X2/HZqiqGCZX66f6n1P0h3UfCO1Ftd364qhUyE05Y4M3SL",
    "SecurityTrailer": {
        "AdyenCryptoVersion": 1,
        "Hmac": "65Z82KwlOGMYMedZtu+XEdnSZQNsnEQeaStJp3U51gI=",
        "KeyIdentifier": "CryptoKeyIdentifier12345",
        "KeyVersion": 1,
        "Nonce": "AAECAwQFBgcICQoLDA0ODw==",
    },
}
"""Made with openssl 3 from the description in the docstring of ``crypto``, not with our code."""
VECTOR_TEXT = '{"SaleToPOIRequest":{"Text":"12,34 €"}}'


def test_the_fixed_vector():
    key = SecurityKey("p@ssw0rd123456", "CryptoKeyIdentifier12345", 1)
    cipher = AdyenCipher(key, random=lambda size: bytes(range(size)))
    assert cipher.open(Tree(VECTOR)).decode() == VECTOR_TEXT
    assert cipher.seal(VECTOR["MessageHeader"], VECTOR_TEXT.encode()) == VECTOR


def test_another_key_opens_nothing():
    for key in (
        SecurityKey("p@ssw0rd123457", "CryptoKeyIdentifier12345", 1),
        SecurityKey("p@ssw0rd123456", "Other", 1),
        SecurityKey("p@ssw0rd123456", "CryptoKeyIdentifier12345", 2),
    ):
        with pytest.raises(RemoteProtocolError):
            AdyenCipher(key).open(Tree(VECTOR))


def test_a_key_does_not_show_its_passphrase():
    assert "p@ss" not in repr(SecurityKey("p@ssw0rd123456", "id", 1))


def test_amounts_never_pass_through_binary():
    """R12: 0.01 to 10**10 major units, and each is exact."""
    for minor in (1, 29, 57, 113, 100_000_000_001, 999_999_999_999):
        text = dump({"a": to_major(minor, "EUR")})
        assert to_minor(Tree(load(text.encode())).number("a"), "EUR") == minor
    assert dump({"a": to_major(113, "EUR")}) == '{"a":1.13}'
    assert dump({"a": to_major(500, "JPY")}) == '{"a":500}'


@pytest.mark.parametrize(
    "text", ["1.005", "-1", "1e400", "1e-400", '"x"', "true", "null", '"1.0.0"', "[1]", "1e13"]
)
def test_an_amount_that_is_not_one_is_refused(text):
    assert to_minor(Tree(load(b'{"a":' + text.encode() + b"}")).number("a"), "EUR") is None


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"NaN", b'{"a":NaN}', b"\xff", b"[" * 100_000])
def test_what_is_no_message_is_a_remote_error(text):
    with pytest.raises(RemoteProtocolError):
        load(text)


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), object()])
def test_what_has_no_place_in_a_message_is_ours(value):
    with pytest.raises(LocalProtocolError):
        dump({"a": value})


def _shown(text):
    return {"OutputContent": {"OutputText": [{"Text": text}]}}


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ({"DisplayRequest": {"DisplayOutput": [_shown("PIN?")]}}, "text", "PIN?"),
        ({"InputRequest": {"DisplayOutput": _shown("Tip")}}, "text", "Tip"),
        ({"EventNotification": {"EventToNotify": "CardRemoved"}}, "remove_card", "CardRemoved"),
        ({"EventNotification": {"EventToNotify": "SaleWakeUp"}}, "text", "SaleWakeUp"),
    ],
)
def test_prompts_become_progress(message, kind, text):
    progress = read_prompt(Tree(json.loads(json.dumps(message))))
    assert progress is not None
    assert (progress.kind, progress.text) == (kind, text)
