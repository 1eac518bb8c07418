"""Listings and the catalog: the goods in each place's units, as Amazon's models have them."""

import zlib
from urllib.parse import quote

import pytest

from packbench_sandbox.world.goods import asin
from packbench_sandbox.world.marketplaces import load
from packbench_sandbox.world.sellers import TRACKING

from .calling import Caller, complaint, make_sandbox

SKUS = [row["sku"] for row in load("products")]
SETS = "summaries,attributes,fulfillmentAvailability"


@pytest.fixture(scope="module")
def world():
    with make_sandbox(orders_per_store=60) as sandbox:
        yield sandbox


def listings(caller, skus, market=None, **more):
    market = market or caller.seller.marketplaces[0].id
    return caller.call(
        "GET",
        f"/listings/2021-08-01/items/{caller.seller.id}",
        params={
            "marketplaceIds": market,
            "identifiers": ",".join(skus),
            "identifiersType": "SKU",
            "includedData": SETS,
            "pageSize": 20,
            **more,
        },
    )


def catalog(caller, asins, **more):
    return caller.call(
        "GET",
        "/catalog/2022-04-01/items",
        params={
            "marketplaceIds": caller.seller.marketplaces[0].id,
            "identifiers": ",".join(asins),
            "identifiersType": "ASIN",
            "includedData": "summaries,dimensions,images,productTypes",
            "pageSize": 20,
            **more,
        },
    )


@pytest.mark.parametrize("seller", ["europe", "america", "far-east", "wide"])
def test_listings_of_every_region_are_valid(world, seller):
    caller = Caller(world, seller)

    for market in caller.seller.marketplaces:
        shown = listings(caller, SKUS, market.id).json()["items"]
        units = {
            weight["unit"]
            for item in shown
            for weight in item["attributes"].get("item_package_weight", ())
        }

        assert shown
        assert units <= ({"pounds"} if market.region == "NA" else {"grams", "kilograms"})


def test_the_catalog_knows_what_a_listing_lacks(world):
    caller = Caller(world, "europe")

    items = {item["asin"]: item for item in catalog(caller, map(asin, SKUS)).json()["items"]}
    [listed] = listings(caller, ["NOTEBOOK-A5-DOT"]).json()["items"]

    assert "item_package_weight" not in listed["attributes"]
    [sizes] = items[asin("NOTEBOOK-A5-DOT")]["dimensions"]
    assert sizes["package"]["weight"] == {"unit": "grams", "value": 295.0}
    [unknown] = items[asin("SEEDS#TOMATO%MIX")]["dimensions"]
    assert "weight" not in unknown["package"]


def test_one_listing_is_shown_by_its_odd_sku(world):
    caller = Caller(world, "europe")
    path = f"/listings/2021-08-01/items/{caller.seller.id}/"
    markets = {"marketplaceIds": caller.seller.marketplaces[0].id}

    for sku in SKUS:
        answer = caller.call("GET", path + quote(sku, safe=""), params=markets)
        assert answer.json()["sku"] == sku
    assert caller.call("GET", path + "GONE", params=markets).status_code == 404


def test_what_nobody_sells_is_left_out(world):
    caller = Caller(world, "europe")

    assert listings(caller, ["GONE"]).json()["items"] == []
    assert catalog(caller, ["B0GONE"]).json()["items"] == []


def test_a_picture_is_a_png(world):
    caller = Caller(world, "europe")
    [item] = listings(caller, [SKUS[0]]).json()["items"]

    picture = caller.http.get(item["summaries"][0]["mainImage"]["link"])

    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    length = int.from_bytes(picture.content[33:37], "big")
    assert len(zlib.decompress(picture.content[41 : 41 + length])) == 240 * (1 + 3 * 240)


@pytest.mark.parametrize(
    "wrong",
    [
        {"marketplaceIds": ""},
        {"marketplaceIds": "A1RKKUPIHCS9HS,A13V1IB3VIYZZH"},
        {"identifiers": ",".join("abcdefghijklmnopqrstu")},
        {"identifiersType": "EAN"},
        {"includedData": "everything"},
        {"pageSize": 21},
    ],
)
@pytest.mark.parametrize("ask", [listings, catalog])
def test_what_amazon_would_refuse_is_refused(world, ask, wrong):
    answer = ask(Caller(world, "europe"), ["MUG"], **wrong)

    assert complaint(answer)[:2] == (400, "InvalidInput")


def test_without_the_role_nothing_of_products_is_shown(sandbox, europe):
    sandbox.set_roles("europe", [TRACKING])

    assert complaint(listings(europe, SKUS))[0] == 403
    assert complaint(catalog(europe, ["B0"]))[0] == 403
