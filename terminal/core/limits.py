"""Every bound of the core, with its reason; beyond one of these a command is refused."""

from __future__ import annotations

MAX_AMOUNT_MINOR = 99_999_999
"""Largest price, line, total or tender, in minor units: eight digits fit every receipt column."""
MAX_QUANTITY = 9_999
"""Pieces on one line: a scanned barcode typed into the quantity is longer than this."""
MAX_WEIGHT_G = 99_999
"""Grams on one line: five digits, as in-store labels and AI 310n carry at most."""
MAX_PERCENT_BP = 10_000
"""A discount of 100 % is the largest."""
MAX_DISCOUNTS = 500
"""Discounts of one sale: bounds the time of a total and the length of the paper."""
MAX_TENDERS = 99
"""Tenders of one sale, failed card attempts included."""
MAX_PARKED = 50
"""Parked sales: more cannot be found again by a person."""
MAX_UNFINISHED_JOBS = 200
"""Print jobs waiting; past it duplicates are refused, a sale's own receipt never is."""
MAX_SLIPS = 5
"""Interruption slips of one sale: a shopper may press as long as he likes, paper ends."""
MAX_LETTERS = 5
"""E-mails of one receipt: a mistyped address may be mended, a receipt is no circular."""
MAX_MAIL_ADDRESS = 254
"""Characters of an e-mail address (RFC 5321, 4.5.3.1.3, less the brackets)."""
MAX_COUNTED = 32
"""Kinds of tender that a closure counts, and the length of a kind's name."""
MAX_TEXT = 80
"""Characters of a reason, a label or a document number."""
MAX_EVIDENCE = 500
"""Characters of the evidence of a manual resolution."""
MAX_CHEQUE_NUMBER = 20
MAX_ADDRESS = 200
"""Characters of the address of a device, as in the settings."""
MAX_OPERATOR_ID = 20
MAX_WATCHED_OPERATORS = 200
"""Operator ids whose wrong PINs are counted; the one failed longest ago is forgotten first."""
PIN_TRIES = 5
"""Wrong PINs in a row before the first lock-out."""
FIRST_LOCKOUT_MS = 60_000
MAX_LOCKOUT_MS = 24 * 3_600_000
"""The lock-out doubles with every further wrong PIN up to one day."""
MAX_CODE_LENGTH = 512
"""Characters of one scan: the longest GS1 symbols hold fewer, a hostile QR code holds 7,000."""
LANGUAGES = ("fr", "en", "nl", "de")
