"""Customs borders: told by country, state and postal code."""

import pytest

from packbench.lib.customs import Place, crosses_border
from packbench.lib.gtin import read_gtin, show_gtin

VALENCIA, LONDON, BELFAST = Place("ES", "46001"), Place("GB", "SW1A 1AA"), Place("GB", "BT1 1AA")
ZURICH, SEATTLE = Place("CH", "8001"), Place("US", "98101", "WA")


@pytest.mark.parametrize(
    ("one", "other", "crosses"),
    [
        (VALENCIA, VALENCIA, False),
        (VALENCIA, Place("DE", "10115"), False),
        (VALENCIA, Place("GR", "10431"), False),
        (VALENCIA, LONDON, True),
        (VALENCIA, BELFAST, False),
        (LONDON, BELFAST, False),
        (LONDON, Place("IM", "IM1 1AA"), False),
        (LONDON, Place("JE", "JE2 3AB"), True),
        (LONDON, Place("GB", "JE2 3AB"), True),
        (VALENCIA, Place("ES", "35001"), True),
        (Place("ES", "35001"), Place("ES", "38001"), False),
        (VALENCIA, Place("ES", "51001"), True),
        (VALENCIA, Place("ES", "07001"), False),  # the Balearics are as any other part
        (VALENCIA, Place("FR", "97400"), True),
        (Place("RE", "97400"), Place("FR", "97410"), False),
        (VALENCIA, Place("FR", "98000"), False),  # Monaco
        (VALENCIA, Place("MC", "98000"), False),
        (Place("DE", "10115"), Place("DE", "78266"), True),
        (Place("DE", "10115"), Place("DE", "27498"), True),
        (Place("IT", "20121"), Place("IT", "23041"), True),
        (VALENCIA, Place("AD", "AD500"), True),
        (VALENCIA, Place("PT", "9000-001"), False),
        (VALENCIA, ZURICH, True),
        (ZURICH, Place("LI", "9490"), False),
        (SEATTLE, Place("US", "00901", "PR"), False),
        (SEATTLE, Place("PR", "00901"), False),
        (SEATTLE, Place("US", "96910", "GU"), True),
        (SEATTLE, Place("US", "09012", "AE"), True),
        (SEATTLE, Place("CA", "V5K 0A1"), True),
        (VALENCIA, Place("", ""), False),
    ],
)
def test_a_parcel_needs_papers_where_it_leaves_its_customs_area(one, other, crosses):
    assert crosses_border(one, other) is crosses
    assert crosses_border(other, one) is crosses


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("4006381333931", "04006381333931", "4006381333931"),
        (" 4006381-333931 ", "04006381333931", "4006381333931"),
        ("036000291452", "00036000291452", "036000291452"),
        ("0036000291452", "00036000291452", "036000291452"),  # the same UPC, scanned as EAN
        ("96385074", "00000096385074", "96385074"),
        ("10012345000017", "10012345000017", "10012345000017"),
    ],
)
def test_a_barcode_is_one_number_however_it_is_written(typed, kept, shown):
    assert read_gtin(typed) == kept
    assert show_gtin(kept) == shown


@pytest.mark.parametrize("typed", ["4006381333932", "123", "MUG-BLUE", "", "٤٠٠٦٣٨١٣٣٣٩٣١"])
def test_what_is_no_barcode_is_none(typed):
    assert read_gtin(typed) == ""
