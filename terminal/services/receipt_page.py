"""A receipt as a web page: its text, its code and its PDF, and nothing that runs or calls home."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from io import BytesIO

import segno

from terminal.words import Words

STYLE = """
:root{color-scheme:light;--ink:#16203a;--soft:#5b6785;--line:#dfe4ef;--ground:#eef1f7;
--accent:#2b4fd8}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:1rem/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:34rem;margin:0 auto;padding:1.5rem 1rem 3rem}
header p{margin:0;color:var(--soft)}
h1{margin:0 0 .15rem;font-size:1.5rem;line-height:1.25}
.total{font-size:2.6rem;font-weight:700;letter-spacing:-.02em;margin:1rem 0 1.25rem;
font-variant-numeric:tabular-nums}
section{background:#fff;border:1px solid var(--line);border-radius:1rem;padding:1.1rem;
margin:0 0 1rem}
pre{margin:0;overflow-x:auto;font:clamp(.56rem,2.72vw,.86rem)/1.45 ui-monospace,Menlo,Consolas,
"DejaVu Sans Mono",monospace}
a{display:block;text-align:center;text-decoration:none;font-weight:600;color:#fff;
background:var(--accent);border-radius:.8rem;padding:.9rem 1rem;margin:0 0 1rem}
a:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
.code{text-align:center}
.code svg{width:100%;max-width:26rem;height:auto;display:block;margin:0 auto .75rem}
.code p,footer{color:var(--soft);font-size:.9rem;margin:0}
footer{text-align:center}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy: this page's own style, and nothing else at all."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """What a receipt's page shows; finished words and figures."""

    shop: str
    number: str
    when: str
    total: str
    text: str
    code: str
    pdf_path: str
    until: str


def receipt_page(content: PageContent, words: Words) -> bytes:
    """Return the page of a receipt."""
    code = ""
    if content.code:
        code = (
            f'<section class="code">{_svg(content.code)}<p>{_word(words, "web.code")}</p></section>'
        )
    body = (
        f"<header><h1>{escape(content.shop)}</h1>"
        f"<p>{escape(content.number)}</p><p>{escape(content.when)}</p></header>"
        f'<p class="total">{escape(content.total)}</p>'
        f'<a href="{escape(content.pdf_path)}" download="ticket.pdf">{_word(words, "web.pdf")}</a>'
        f"<section><pre>{escape(content.text)}</pre></section>{code}"
        f"<footer>{escape(content.until)}</footer>"
    )
    return _document(words, content.shop, body)


def plain_page(words: Words, shop: str, key: str) -> bytes:
    """Return a page that only says something: there is no such receipt, come back later."""
    body = f"<header><h1>{escape(shop)}</h1></header><section>{_word(words, key)}</section>"
    return _document(words, shop, body)


def _document(words: Words, title: str, body: str) -> bytes:
    page = (
        f'<!DOCTYPE html><html lang="{escape(words.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex, nofollow">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
    return page.encode()


def _word(words: Words, key: str) -> str:
    return escape(words.text(key))


def _svg(code: str) -> str:
    out = BytesIO()
    drawn = segno.make_qr(code, error="l", boost_error=False)
    drawn.save(out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, light="#fff")
    return out.getvalue().decode()
