"""What Amazon says of products becomes grams and millimetres, or nothing."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packbench.connectors.amazon.images import MOST_BYTES, AmazonImages
from packbench.connectors.amazon.products import (
    catalog_call,
    parse_catalog,
    parse_listing,
    parse_listings,
    skus_call,
)
from packbench.connectors.amazon.units import grams, millimetres
from packbench.lib.errors import NotFound, Rejected, TemporaryError

ES, US = "A1RKKUPIHCS9HS", "ATVPDKIKX0DER"
LISTINGS = "/eu/listings/2021-08-01/items/A1SELLER"
CATALOG = "/eu/catalog/2022-04-01/items"

GRAMS = {
    "milligrams": Fraction(1, 1000),
    "grams": Fraction(1),
    "kilograms": Fraction(1000),
    "ounces": Fraction(45359237, 1600000),
    "pounds": Fraction(45359237, 100000),
    "hundredths_pounds": Fraction(45359237, 10000000),
}
MILLIMETRES = {
    "millimeters": Fraction(1),
    "centimeters": Fraction(10),
    "meters": Fraction(1000),
    "inches": Fraction(254, 10),
    "hundredths_inches": Fraction(254, 1000),
    "feet": Fraction(3048, 10),
}


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1, "pounds", 454),
        (2.2046226218, "pounds", 1000),
        (1, "ounces", 28),
        (62.142, "kilograms", 62142),
        (0.4, "grams", 1),
        ("12.5", "Grams", 13),
        (35, "hundredths_pounds", 159),
    ],
)
def test_weights_become_whole_grams(value, unit, expected):
    assert grams(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(79.9999999184, "inches", 2032), (10, "centimeters", 100), (1, "feet", 305)],
)
def test_lengths_become_whole_millimetres(value, unit, expected):
    assert millimetres(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (1, "tons"),
        (1, "stone"),
        (1, None),
        (1, "inches"),
        (0, "grams"),
        (-5, "grams"),
        (True, "grams"),
        (None, "grams"),
        ("heavy", "grams"),
        ("NaN", "grams"),
        ("Infinity", "grams"),
        ("1e999999", "grams"),
        (float("inf"), "grams"),
        (1001, "kilograms"),
        ([1], "grams"),
        ({"a": 1}, "grams"),
    ],
)
def test_what_is_no_weight_is_missing_and_never_wrong(value, unit):
    assert grams(value, unit) is None


@pytest.mark.parametrize(("ours", "sizes"), [(grams, GRAMS), (millimetres, MILLIMETRES)])
@given(data=st.data())
def test_a_conversion_is_exact_to_the_nearest_whole(ours, sizes, data):
    unit = data.draw(st.sampled_from(sorted(sizes)))
    written = data.draw(st.decimals(min_value="0.01", max_value="500", places=4))

    exact = Fraction(written) * sizes[unit]

    most = 1_000_000 if ours is grams else 100_000
    for value in (str(written), float(written)):
        got = ours(value, unit)
        if exact < 1:
            assert got == 1
        elif exact >= most + Fraction(1, 2):
            assert got is None
        else:
            assert abs(got - exact) <= Fraction(1, 2)


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.decimals()))
def test_whatever_stands_there_nothing_breaks(value):
    assert grams(value, "pounds") is None or grams(value, "pounds") > 0


def listing(sku="MUG", **attributes):
    return {
        "sku": sku,
        "summaries": [
            {"marketplaceId": US, "asin": "B0US", "productType": "X", "itemName": "American"},
            {
                "marketplaceId": ES,
                "asin": "B0MUG",
                "productType": "DRINKING_CUP",
                "itemName": "Taza azul",
                "mainImage": {"link": "https://m.media-amazon.com/images/I/a.jpg"},
            },
        ],
        "attributes": {
            "item_package_weight": [
                {"unit": "pounds", "value": 9, "marketplace_id": US},
                {"unit": "kilograms", "value": 0.41, "marketplace_id": ES},
            ],
            "item_weight": [{"unit": "ounces", "value": 11.3, "marketplace_id": ES}],
            "item_package_dimensions": [
                {
                    "length": {"unit": "centimeters", "value": 13},
                    "width": {"unit": "inches", "value": 4},
                    "height": {"unit": "millimeters", "value": 99.6},
                    "marketplace_id": ES,
                }
            ],
            **attributes,
        },
        "fulfillmentAvailability": [
            {"fulfillmentChannelCode": "AMAZON_EU", "quantity": 9},
            {"fulfillmentChannelCode": "DEFAULT", "quantity": 7},
        ],
    }


def read(*listings):
    return parse_listings(json.dumps({"numberOfResults": 1, "items": listings}).encode(), ES)


def test_a_listing_is_read_for_its_own_marketplace():
    [product] = read(listing())

    assert (product.sku, product.asin, product.title) == ("MUG", "B0MUG", "Taza azul")
    assert product.product_type == "DRINKING_CUP"
    assert (product.package_weight_g, product.item_weight_g) == (410, 320)
    assert product.package_mm == (130, 102, 100)
    assert (product.quantity, product.image_url[-5:]) == (7, "a.jpg")


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "heavy",
        [],
        [None],
        ["410"],
        [{"value": {"deep": 1}, "unit": "grams"}],
        [{"value": 410, "unit": "tons", "marketplace_id": ES}],
        [{"value": 410, "unit": "grams", "marketplace_id": US}],
    ],
)
def test_an_odd_attribute_costs_only_itself(odd):
    [product] = read(listing(item_package_weight=odd))

    assert product.package_weight_g is None
    assert product.item_weight_g == 320


def test_a_listing_that_cannot_be_read_costs_no_other():
    assert [each.sku for each in read({"sku": 5}, {}, listing("TEA"))] == ["TEA"]


def test_the_smallest_picture_that_is_large_enough_is_taken():
    sizes = [("MAIN", 2000), ("MAIN", 75), ("PT01", 200), ("MAIN", 500)]
    images = [
        {"variant": variant, "link": f"https://x/{px}.jpg", "height": px, "width": px}
        for variant, px in sizes
    ]
    item = {"asin": "B0MUG", "images": [{"marketplaceId": ES, "images": images}]}

    [product] = parse_catalog(json.dumps({"items": [item]}).encode(), ES)

    assert product.image_url == "https://x/500.jpg"


def test_a_package_with_a_missing_side_has_no_size():
    package = {"length": {"unit": "inches", "value": 3}, "width": {"unit": "inches", "value": 3}}
    dimensions = [{"marketplaceId": ES, "package": package}]

    [product] = parse_catalog(
        json.dumps({"items": [{"asin": "B0", "dimensions": dimensions}]}).encode(), ES
    )

    assert product.package_mm is None


@pytest.mark.parametrize("parse", [parse_listings, parse_listing, parse_catalog])
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"items": 5}', b"\xff"])
def test_another_answer_is_tried_again(parse, body):
    if parse is parse_listing and body == b'{"items": 5}':
        body = b'{"sku": null}'
    with pytest.raises(TemporaryError):
        parse(body, ES)


def test_more_than_twenty_are_not_asked_at_once():
    with pytest.raises(ValueError, match="20"):
        skus_call("A1SELLER", ES, tuple("abcdefghijklmnopqrstu"))
    with pytest.raises(ValueError, match="20"):
        catalog_call(ES, tuple("abcdefghijklmnopqrstu"))


def test_odd_skus_are_asked_as_they_are(amazon, make_channel):
    amazon.answer(LISTINGS, {"items": [listing("LAMP/DESK 1")]})
    amazon.answer(f"{LISTINGS}/A%2CB%2FC", listing("A,B/C"))
    amazon.refuse(f"{LISTINGS}/X%2C", 404, "NOT_FOUND")

    found = make_channel().fetch_listings(ES, ("LAMP/DESK 1", "A,B/C", "X,", "50%#"))

    assert {product.sku for product in found} == {"LAMP/DESK 1", "A,B/C"}
    [asked] = amazon.calls(LISTINGS)
    assert "identifiers=LAMP%2FDESK%201,50%25%23&" in asked.raw_query
    assert asked.query["pageSize"] == "20"


def test_the_catalog_is_asked_for_asins(amazon, make_channel):
    amazon.answer(CATALOG, {"items": [{"asin": "B0MUG"}]})

    [product] = make_channel().fetch_catalog(ES, ("B0MUG", "B0GONE"))

    assert product.asin == "B0MUG"
    assert amazon.calls(CATALOG)[0].query["identifiersType"] == "ASIN"


def test_a_missing_role_is_named(amazon, make_channel):
    amazon.refuse(CATALOG, 403, "Unauthorized", "Access to requested resource is denied.")

    with pytest.raises(Rejected, match="Product Listing") as refusal:
        make_channel().fetch_catalog(ES, ("B0MUG",))

    assert refusal.value.code == "role_missing_listing"


@pytest.mark.parametrize(
    "url",
    [
        "https://m.media-amazon.com/images/I/a.jpg",
        "http://127.0.0.1/images/a.png",
        "{origin}@elsewhere.example/a.png",
        "http://user@{host}/a.png",
        "file:///etc/passwd",
        "//{host}/a.png",
        "http://[::1",
        "",
    ],
)
def test_a_picture_elsewhere_is_not_fetched(amazon, http, url):
    host = amazon.url.removeprefix("http://")

    with pytest.raises(Rejected, match="does not lie at Amazon"):
        AmazonImages(http, amazon.url).fetch(url.format(origin=amazon.url, host=host))

    assert amazon.seen == []


def test_a_picture_is_fetched_without_a_token(amazon, http):
    amazon.answer("/images/a.png", b"picture", kind="image/png")

    assert AmazonImages(http, amazon.url).fetch(f"{amazon.url}/images/a.png") == b"picture"
    assert "x-amz-access-token" not in amazon.seen[0].headers


@pytest.mark.parametrize(
    ("status", "error"), [(302, NotFound), (404, NotFound), (403, NotFound), (503, TemporaryError)]
)
def test_a_picture_that_is_not_given_says_so(amazon, http, status, error):
    amazon.answer("/a.png", b"", status=status, location="http://127.0.0.1:1/secret")

    with pytest.raises(error):
        AmazonImages(http, amazon.url).fetch(f"{amazon.url}/a.png")

    assert len(amazon.seen) == 1


def test_a_picture_without_end_is_cut_off(amazon, http):
    amazon.answer("/a.png", b"x" * (MOST_BYTES + 1), kind="image/png")

    with pytest.raises(Rejected, match="larger than 5 MB"):
        AmazonImages(http, amazon.url).fetch(f"{amazon.url}/a.png")
