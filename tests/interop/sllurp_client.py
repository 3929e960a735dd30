"""A foreign LLRP client reads the tags of a reader: ``HOST PORT SECONDS`` -> EPCs as JSON."""

import json
import sys
import time

from sllurp.llrp import LLRPReaderClient, LLRPReaderConfig


def main(host: str, port: int, seconds: float) -> None:
    """Inventory for some seconds and print what was reported."""
    seen: dict[str, dict[str, object]] = {}

    def reported(_reader: object, tags: list[dict[str, object]]) -> None:
        for tag in tags:
            epc = tag.get("EPC") or tag["EPC-96"]
            seen[epc.decode().upper()] = {"count": tag.get("TagSeenCount")}

    config = LLRPReaderConfig({"report_every_n_tags": 1, "keepalive_interval": 1000})
    reader = LLRPReaderClient(host, port, config)
    reader.add_tag_report_callback(reported)
    reader.connect()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and reader.is_alive():
        time.sleep(0.05)
    model = dict(reader.llrp.capabilities.get("GeneralDeviceCapabilities", {}))
    reader.disconnect(5)
    firmware = str(model.get("ReaderFirmwareVersion"))
    sys.stdout.write(json.dumps({"seen": seen, "firmware": firmware}) + "\n")


main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
