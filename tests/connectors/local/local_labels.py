"""Sensible label requests, and readers of what was drawn that share nothing with the drawing."""

import unicodedata
from datetime import UTC, datetime
from io import BytesIO

import pypdfium2
import zxingcpp
from PIL import Image

from packbench.carriers.base import Contents, LabelRequest, LabelSize
from packbench.connectors.local.carrier import LocalCarrier
from packbench.labels.merging import render_png
from packbench.lib.addresses import Address

SHOP = Address(
    company="Kaffeerösterei Wagner GmbH",
    line1="Speicherstraße 14",
    city="Hamburg",
    postal_code="20457",
    country="DE",
)
BUYERS = {
    "german": Address(
        name="Jürgen Groß-Lüdenscheidt",
        company="Bäckerei Süßmann",
        line1="Kaiser-Wilhelm-Straße 118",
        line2="Hinterhaus, 3. OG links",
        city="München",
        postal_code="80331",
        country="DE",
    ),
    "american": Address(
        name="Margaret O'Sullivan",
        line1="4517 Washington Ave",
        line2="Apt 12B",
        city="Manchester",
        state="KY",
        postal_code="39495-1234",
        country="US",
    ),
    "polish": Address(
        name="Święczysława Żółć",
        line1="ul. Źdźbłowa 7/13",
        city="Łódź",
        postal_code="90-001",
        country="PL",
    ),
    "turkish": Address(
        name="Işıl Çağrı Gündoğdu",
        line1="İstiklâl Caddesi No: 45",
        city="Beyoğlu",
        state="İstanbul",
        postal_code="34435",
        country="TR",
    ),
    "greek": Address(
        name="Αλέξανδρος Παπαδόπουλος",
        line1="Οδός Ερμού 12",
        city="Αθήνα",
        postal_code="105 63",
        country="GR",
    ),
    "bulgarian": Address(
        name="Димитър Николов",
        line1="бул. Витоша 15",
        city="София",
        postal_code="1000",
        country="BG",
    ),
    "japanese": Address(
        name="山田 太郎",
        line1="神宮前1丁目5番8号",
        line2="神宮前タワービルディング 13階",
        city="渋谷区",
        state="東京都",
        postal_code="150-0001",
        country="JP",
    ),
    "korean": Address(
        name="김민수",
        line1="테헤란로 152",
        city="강남구",
        state="서울특별시",
        postal_code="06236",
        country="KR",
    ),
    "egyptian": Address(
        name="محمد عبد الرحمن السيد",
        line1="15 شارع التحرير، الدقي",
        line2="الدور الثالث، شقة 12",
        city="الجيزة",
        postal_code="12611",
        country="EG",
    ),
}
PRINTED = {
    "german": ["Jürgen Groß-Lüdenscheidt", "Bäckerei Süßmann", "80331 MÜNCHEN"],
    "american": ["Margaret O'Sullivan", "Apt 12B", "MANCHESTER, KY 39495-1234", "UNITED STATES"],
    "polish": ["Święczysława Żółć", "ul. Źdźbłowa 7/13", "90-001 ŁÓDŹ", "POLAND · POLSKA"],
    "turkish": ["Işıl Çağrı Gündoğdu", "İstiklâl Caddesi No: 45", "34435 BEYOĞLU/İstanbul"],
    "greek": ["Αλέξανδρος Παπαδόπουλος", "105 63 Αθήνα", "GREECE · ΕΛΛΑΔΑ"],
    "bulgarian": ["Димитър Николов", "бул. Витоша 15", "1000 СОФИЯ"],
    "japanese": ["〒150-0001", "東京都渋谷区", "神宮前1丁目5番8号", "山田 太郎", "JAPAN · 日本"],
    "korean": ["서울특별시 강남구", "테헤란로 152", "김민수", "06236"],
    "egyptian": ["محمد عبد الرحمن السيد", "15 شارع التحرير، الدقي", "الجيزة", "EGYPT · مصر"],
}


def make_request(**changes):
    values = {
        "reference": "shp_01kak6w3m8",
        "order_number": "302-1234567-1234567",
        "service": "standard",
        "ship_from": SHOP,
        "ship_to": BUYERS["german"],
        "weight_g": 1250,
        "ships_at": datetime(2026, 11, 21, 9, tzinfo=UTC),
        "contents": (Contents(sku="KAF-ETH-1000", title="Coffee", quantity=2),),
    }
    return LabelRequest(**{**values, **changes})


def make_address(**changes):
    values = {"name": "Ada Lovelace", "line1": "12 St James's Square", "country": "GB"}
    return Address(**{**values, **changes})


def bought(carrier=None, **changes):
    return (carrier or LocalCarrier()).buy(make_request(**changes))


def file_of(label, kind):
    return next(file.content for file in label.files if file.format == kind)


def text_of(pdf):
    """Return the text as PDFium extracts it; Arabic forms count as their letters."""
    document = pypdfium2.PdfDocument(pdf)
    text = document[0].get_textpage().get_text_range()
    document.close()
    return unicodedata.normalize("NFC", text).replace("\r", "")


def picture_of(pdf, dpi=203):
    return Image.open(BytesIO(render_png(pdf, dpi)))


def gray_picture_of(pdf, dpi=203):
    document = pypdfium2.PdfDocument(pdf)
    return document[0].render(scale=dpi / 72, grayscale=True).to_pil()


def barcodes_in(picture):
    return {str(found.format): found.text for found in zxingcpp.read_barcodes(picture)}


SIZES_IN_POINTS = {LabelSize.FOUR_BY_SIX: (288, 432), LabelSize.A6: (297.638, 419.528)}
