"""How fast labels are drawn and merged: `python bench/labels.py`. One core, seconds of CPU."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from packbench.carriers.base import Contents, LabelRequest
from packbench.connectors.local.carrier import LocalCarrier
from packbench.connectors.local.layout import laid_out
from packbench.connectors.local.pdf import pdf_of
from packbench.connectors.local.tracking import tracking_number
from packbench.labels.merging import join_zpl, merge_pdfs
from packbench.lib.addresses import Address

SHOP = Address(
    company="Kaffeerösterei Wagner GmbH",
    line1="Speicherstraße 14",
    city="Hamburg",
    postal_code="20457",
    country="DE",
)
LATIN = Address(
    name="Jürgen Groß-Lüdenscheidt",
    company="Bäckerei Süßmann",
    line1="Kaiser-Wilhelm-Straße 118",
    city="München",
    postal_code="80331",
    country="DE",
    phone="+49 89 5551234",
)
JAPANESE = Address(
    name="山田 太郎",
    line1="神宮前1丁目5番8号",
    line2="神宮前タワービルディング 13階",
    city="渋谷区",
    state="東京都",
    postal_code="150-0001",
    country="JP",
)


def request(number: int, ship_to: Address) -> LabelRequest:
    return LabelRequest(
        reference=f"shp_{number:026}",
        order_number=f"302-{number:07}-1234567",
        service="standard",
        ship_from=SHOP,
        ship_to=ship_to,
        weight_g=1250,
        ships_at=datetime(2026, 11, 21, tzinfo=UTC),
        contents=(Contents(sku="KAF-ETH-1000", title="", quantity=2),),
    )


def pdf(number: int, ship_to: Address) -> bytes:
    asked = request(number, ship_to)
    carrier = LocalCarrier()
    number_of_parcel = tracking_number(asked.reference, prefix="PB")
    return pdf_of(laid_out(asked, carrier.services()[0], number_of_parcel))


def measure(name: str, ship_to: Address, count: int) -> list[bytes]:
    """Print labels a second, for the PDF alone and for a bought label with PDF and ZPL."""
    carrier = LocalCarrier()
    carrier.buy(request(0, ship_to))  # parses the fonts
    start = time.process_time()
    documents = [pdf(number, ship_to) for number in range(count)]
    drawn = time.process_time()
    for number in range(count):
        carrier.buy(request(number, ship_to))
    bought = time.process_time()
    print(f"{name:10} PDF {count / (drawn - start):6.0f}/s", end="   ")
    print(f"PDF + ZPL {count / (bought - drawn):6.0f}/s", end="   ")
    print(f"{sum(map(len, documents)) / count / 1024:.1f} KiB a PDF")
    return documents


def main() -> None:
    start = time.process_time()
    LocalCarrier().buy(request(0, LATIN))
    print(f"first label of a process: {time.process_time() - start:.2f} s")
    documents = measure("Latin", LATIN, 300)
    measure("Japanese", JAPANESE, 100)
    thousand = (documents * 4)[:1000]
    start = time.process_time()
    merged = merge_pdfs(thousand)
    taken = time.process_time() - start
    print(f"merging 1,000 PDFs: {taken:.2f} s, {len(merged) / 2**20:.1f} MiB")
    start = time.process_time()
    join_zpl([b"^XA^XZ"] * 1000)
    print(f"joining 1,000 ZPL: {time.process_time() - start:.4f} s")


if __name__ == "__main__":
    main()
