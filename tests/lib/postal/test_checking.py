"""Addresses checked offline: what is found, what is not, and how fast."""

import time
import unicodedata

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from packbench.lib.addresses import Address
from packbench.lib.postal.checking import check_address, is_latin
from packbench.lib.postal.findings import BLOCKING, FINDINGS, Check, Severity, blocking, is_missing
from packbench.lib.postal.phones import is_phone
from tests.lib.postal.corpus import BAD, GOOD

OF_PHONES = {"phone_missing"}


def test_the_corpus_is_of_many_countries():
    assert len({address.country for address, _ in (*GOOD, *BAD)}) >= 35


@pytest.mark.parametrize(
    ("address", "expected"), GOOD, ids=lambda each: getattr(each, "country", "")
)
def test_a_good_address_is_let_through(address, expected):
    assert set(check_address(address)) - OF_PHONES == set(expected)


@pytest.mark.parametrize(
    ("address", "expected"), BAD, ids=lambda each: getattr(each, "country", "")
)
def test_what_is_wrong_with_an_address_is_found(address, expected):
    assert expected <= set(check_address(address))


def test_every_finding_of_the_corpus_has_a_sentence_and_every_sentence_a_case():
    found = {code for address, _ in (*GOOD, *BAD) for code in check_address(address)}

    assert found <= set(FINDINGS)
    seldom = {code for code in FINDINGS if code.startswith("region_")} | {"postal_code_not_of_city"}
    assert set(FINDINGS) - found <= seldom


def test_a_city_of_another_postal_code_is_found_where_the_data_has_it():
    taipei = Address(
        name="陳",
        line1="樟樹路 12號",
        city="大安區",
        state="台北市",
        postal_code="110",
        country="TW",
    )

    assert "postal_code_not_of_city" in check_address(taipei)
    assert "postal_code_not_of_city" not in check_address(replace(taipei, postal_code="106"))


def test_parts_that_are_missing_block_and_doubts_are_told_apart():
    assert is_missing("missing_city")
    assert not is_missing("no_house_number")
    assert {FINDINGS[code].severity for code in FINDINGS} == set(Severity)
    assert {finding.check for finding in FINDINGS.values()} == set(Check)


def test_a_store_says_which_checks_block():
    codes = ["missing_city", "po_box", "phone_missing", "no such code"]

    assert blocking(codes, list(BLOCKING)) == ["missing_city"]
    assert blocking(codes, [Check.PO_BOX]) == ["po_box"]
    assert blocking(codes, []) == []


def test_codes_hold_nothing_of_the_buyer():
    address = replace(BAD[3][0], name="Xanthippe Quexwold", line1="Quexwold 1")

    assert all(code in FINDINGS for code in check_address(address))


def test_latin_letters_are_told_from_others():
    assert is_latin(Address(name="Ångström Łukasz Dvořák", line1="Nguyễn Huệ 5"))
    assert not is_latin(Address(name="山田", line1="1-2-3 Jingumae"))
    assert not is_latin(Address(name="Ελένη", line1="Elias 4"))


ANY = st.text(max_size=60)
COUNTRY = st.sampled_from([*sorted({a.country for a, _ in (*GOOD, *BAD)}), "XX", "de", "D\0", "ß"])


@settings(max_examples=400, deadline=None)
@given(
    st.builds(
        Address, name=ANY, company=ANY, line1=ANY, line2=ANY, line3=ANY, district=ANY, city=ANY,
        state=ANY, postal_code=ANY, phone=ANY, kind=ANY, country=st.one_of(COUNTRY, ANY),
    )
)  # fmt: skip
def test_whatever_is_written_there_a_check_ends_with_known_codes(address):
    codes = check_address(address)

    assert len(codes) == len(set(codes))
    assert set(codes) <= set(FINDINGS)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([address for address, _ in (*GOOD, *BAD)]), st.data())
def test_an_address_with_one_field_gone_wild_ends_with_known_codes(address, data):
    field = data.draw(st.sampled_from(sorted(asdict(address))))
    wild = st.text(st.characters(exclude_categories=()), max_size=30)
    value = data.draw(st.one_of(wild, st.just("９" * 50), st.just("\u202e" * 9)))

    assert set(check_address(replace(address, **{field: value}))) <= set(FINDINGS)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(["AU", "BR", "DE", "ES", "FR", "GB", "IT", "JP", "MX", "NL", "US", "XX", "d"]),
    st.one_of(
        st.from_regex(r"\+?[0-9][0-9 ()./-]{4,14}", fullmatch=True),
        st.from_regex(r"(\+49|\+1|\+81|\+34|0)[1-9][0-9]{6,9}", fullmatch=True),
        st.text(max_size=20),
    ),
)
def test_a_phone_number_is_judged_as_the_library_does(country, number):
    try:
        expected = phonenumbers.is_valid_number(phonenumbers.parse(number, country))
    except phonenumbers.NumberParseException:
        expected = False

    assert is_phone(number, country) == expected


def test_a_megabyte_of_address_is_checked_at_once():
    started = time.perf_counter()
    huge = "s/n apartado p o box " * 50_000
    check_address(Address(name=huge, line1=huge, city=huge, state=huge, postal_code=huge,
                          country="ES", phone="+34" + "6" * 10**6))  # fmt: skip

    assert time.perf_counter() - started < 1


def test_full_width_and_composed_letters_are_the_same_to_a_check():
    for address, expected in GOOD:
        other = replace(address, line1=unicodedata.normalize("NFD", address.line1))
        assert set(check_address(other)) - OF_PHONES - {"long_lines"} == set(expected)


def test_thousands_are_checked_in_a_second():
    addresses = [address for address, _ in (*GOOD, *BAD)] * 20
    for address in addresses:
        check_address(address)
    started = time.process_time()
    for address in addresses:
        check_address(address)

    assert len(addresses) / (time.process_time() - started) > 2000
