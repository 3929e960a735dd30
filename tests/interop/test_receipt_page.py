"""A receipt's page in a real browser, and its code read off that browser's screen.

Needs Debian's ``chromium``.  ``REPRISE_KEEP_PICTURES=DIR`` keeps what the browser drew.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from PIL import Image

from terminal.cli.main import run
from tests.conftest import Shop
from tests.zbar import Reader

TELEPHONE = "412,915"
SCALE = "2.625"
"""1080 pixels across, as most telephones have."""
CODES = ("2000000000084", "3270190128724", "2000000000060")
WEB = ("delivery.choices=link,print", "delivery.web_listen=127.0.0.1:0",
       "delivery.web_address=http://127.0.0.1")  # fmt: skip


def drawn(url: str, picture: Path, size: str = TELEPHONE) -> Image.Image:
    """Return what Chromium shows of an address."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: apt-get install chromium"
    command = [
        chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        f"--user-data-dir={picture.parent / 'profile'}", f"--window-size={size}",
        f"--force-device-scale-factor={SCALE}", f"--screenshot={picture}", url,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    kept = os.environ.get("REPRISE_KEEP_PICTURES")
    if kept:
        shutil.copy(picture, kept)
    return Image.open(picture).convert("RGB")


def test_a_browser_shows_the_receipt_and_another_till_takes_it_back(tmp_path):
    """RCP-02, RCP-04: from one till's page over a telephone's screen to another till's return."""
    here = Shop(tmp_path / "here").create("fiscal.regime=france", *WEB)
    there = Shop(tmp_path / "there").create("fiscal.regime=france", "terminal.till_number=3002")
    key = tmp_path / "3001.pem"
    assert run(["trust", "--data", str(here.data), "--export", str(key)]) == 0
    assert run(["trust", "--data", str(there.data), str(key), "--till", "3001"]) == 0

    async def sell() -> Image.Image:
        async with here.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            for code in CODES:
                await till.ok("scan", code=code)
            await till.ok("pay", tender="cash", amount_minor=till.sale["due_minor"])
            await till.until(lambda: till.running.terminal.delivery.web.port)
            link = till.running.surroundings.delivery.link
            port = till.running.terminal.delivery.web.port
            url = link.replace("127.0.0.1", f"127.0.0.1:{port}")
            tall = "412,1500"
            return await asyncio.to_thread(drawn, url, tmp_path / "receipt.png", tall)

    async def take_back(code: str) -> int:
        async with there.open() as till:
            await till.ok("sign_on", operator="9", pin="9999")
            assert (await till.ok("scan", code=code)).found["receipt"].foreign
            edited = f"{code[:-3]}{(int(code[-3:]) + 1) % 1000:03}"
            assert await till.refused("scan", code=edited) in {
                "receipt_not_genuine", "receipt_not_readable",
            }  # fmt: skip
            await till.ok("return_lines", code=code, lines={"1": 1}, reason="too small")
            return till.sale["total_minor"]

    picture = asyncio.run(sell())
    assert picture.width >= 1080
    read = [data for kind, data in Reader().read(picture) if kind == "QR-Code"]
    assert len(read) == 1, "the code cannot be read off the page"
    assert asyncio.run(take_back(read[0])) == -500
