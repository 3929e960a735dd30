"""Cards of technicians, and the machines they are put into."""

from __future__ import annotations

from pathlib import Path

from terminal.services.provision_result import ProvisionResult
from terminal.services.provisioning import Provisioner, Request

DAY = "2026-11-28"
ARTICLES = """\
code,label,brand,department,price_minor,vat_rate,unit,attributes,minimum_age
3270190128724,Farine de blé,Carrefour Bio,Bio,250,5.50,piece,,
"""
SECRETS = ("4321", "123456", "motdepasse", "un-mot-de-seize-lettres")
WHOLE = """\
# La caisse de Lise
[shop]
name = "Chez Lise"
site = "S12"

[terminal]
role = "till"
language = "fr"

[catalogue]
file = "articles.csv"

[network]
wifi_ssid = "boutique"
wifi_psk = "motdepasse"
wifi_country = "FR"

[head_office]
url = "https://office.example"
enrolment_token = "un-mot-de-seize-lettres"

[access]
support_pin = "123456"

[[operators]]
number = "9"
name = "Lise"
role = "supervisor"
pin = "4321"
"""


class Machine:
    """A machine and its card, in one folder."""

    def __init__(self, folder: Path, text: str | None = WHOLE, name: str = "reprise.toml") -> None:
        self.folder = folder
        self.card, self.data, self.root = folder / "card", folder / "data", folder / "root"
        self.card.mkdir(parents=True, exist_ok=True)
        (self.card / "articles.csv").write_text(ARTICLES, encoding="utf-8")
        if text is not None:
            (self.card / name).write_text(text, encoding="utf-8")

    @property
    def file(self) -> Path:
        return self.card / "reprise.toml"

    @property
    def provisioner(self) -> Provisioner:
        return Provisioner(self.card, self.data, self.root, DAY)

    def start(self, request: Request | None = None) -> ProvisionResult:
        """A start of the machine, to its end."""
        result = self.provisioner.run(request)
        self.provisioner.write_card()
        return result

    @property
    def told(self) -> str:
        """What the card says became of its file."""
        return (self.card / "reprise-result.txt").read_text(encoding="utf-8-sig")
