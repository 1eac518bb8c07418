"""Errors, sentences, ids, money and marketplaces."""

import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packbench.lib.errors import BadCredentials, NotFound, Rejected, TemporaryError, Throttled
from packbench.lib.ids import ALPHABET, LENGTH, new_id
from packbench.lib.marketplaces import MARKETPLACES, by_country, by_id, in_region, is_known
from packbench.lib.money import Money
from packbench.lib.sentences import Sentence


def test_an_error_is_a_sentence_a_code_and_a_number_for_the_support():
    error = Rejected("UPS needs %(what)s.", code="missing", request_id="r1", what="a phone number")

    assert str(error) == "UPS needs a phone number."
    assert (error.code, error.request_id) == ("missing", "r1")
    assert error.sentence == Sentence("UPS needs %(what)s.", {"what": "a phone number"})


def test_errors_are_caught_by_what_happens_next():
    assert issubclass(Throttled, TemporaryError)
    assert issubclass(NotFound, Rejected)
    assert not issubclass(BadCredentials, Rejected)
    assert Throttled("wait", code="x", retry_after=5).retry_after == 5


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_a_sentence_survives_its_way_through_json(text, values):
    sentence = Sentence(text, values)

    assert Sentence.from_json(sentence.as_json()) == sentence


def test_a_percent_sign_needs_no_care_where_there_are_no_values():
    assert str(Sentence("100 % sure")) == "100 % sure"
    assert str(Sentence("%(share)s of it", {"share": "50 %"})) == "50 % of it"


def test_ids_are_named_unique_and_sort_by_time():
    ids = [new_id("ord") for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert all(re.fullmatch(f"ord_[{ALPHABET}]{{{LENGTH}}}", each) for each in ids)
    assert ids == sorted(ids)


def test_money_is_exact_and_has_a_currency():
    assert str(Money(Decimal("0.10"), "EUR")) == "0.10 EUR"
    assert Money(Decimal("1.0"), "EUR") == Money(Decimal("1.00"), "EUR")
    assert Money(Decimal(1), "EUR") != Money(Decimal(1), "USD")


def test_there_are_23_marketplaces_in_three_regions():
    assert len({market.id for market in MARKETPLACES}) == 23
    assert {region: len(in_region(region)) for region in ("na", "eu", "fe")} == {
        "na": 4,
        "eu": 16,
        "fe": 3,
    }


def test_the_fourteen_marketplaces_of_the_guides_are_there():
    named = {"BE", "EG", "FR", "DE", "IT", "PL", "SA", "ES", "SE", "NL", "TR", "AE", "GB", "US"}

    assert {by_country(country).country for country in named} == named


def test_amazon_says_uk_where_iso_says_gb():
    kingdom = by_country("uk")

    assert (kingdom.country, kingdom.shown_country, kingdom.name) == ("GB", "UK", "Amazon UK")
    assert by_id("A1F83G8C2ARO7P") is kingdom
    assert not is_known("AZNONAMAZON")


@pytest.mark.parametrize("market", MARKETPLACES, ids=lambda market: market.country)
def test_every_marketplace_is_complete(market):
    assert ZoneInfo(market.time_zone)
    assert re.fullmatch(r"https://sellercentral[a-z.-]*", market.seller_central)
    assert re.fullmatch(r"[A-Z]{3}", market.currency)
    assert market.languages
    assert "a".encode(market.charset) == b"a"
