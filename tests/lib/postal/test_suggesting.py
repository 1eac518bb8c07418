"""What could be written better in an address; nothing is changed by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packbench.lib.addresses import Address
from packbench.lib.postal.checking import check_address
from packbench.lib.postal.suggesting import suggested, suggestions
from tests.lib.postal.corpus import BAD, GOOD, place


def of(address):
    return {each.field: each.value for each in suggestions(address)}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (place("GB", "4 Elm Road", "Leeds", "ls14ab"), {"postal_code": "LS1 4AB"}),
        (place("NL", "Eikenlaan 2", "Utrecht", "3511ab"), {"postal_code": "3511 AB"}),
        (place("PL", "Lipowa 2", "Kraków", "31001"), {"postal_code": "31-001"}),
        (place("PT", "Rua 2", "Porto", "4000001"), {"postal_code": "4000-001"}),
        (place("CA", "2 Birch Road", "Ottawa", "k1a0b1", "ON"), {"postal_code": "K1A 0B1"}),
        (place("BR", "Rua 2", "São Paulo", "01310000", "SP"), {"postal_code": "01310-000"}),
        (place("SE", "Väg 2", "Uppsala", "75310"), {"postal_code": "753 10"}),
        (place("DE", "Weg 2", "Köln", "D-50667"), {"postal_code": "50667"}),
        (place("DE", "Weg 2", "Dresden", "1067"), {"postal_code": "01067"}),
        (place("US", "2 Elm St", "Boston", "2110", "MA"), {"postal_code": "02110"}),
        (place("US", "2 Elm St", "Boston", "021101234", "MA"), {"postal_code": "02110-1234"}),
        (place("US", "2 Elm St", "Boston", "02110", "Massachusetts"), {"state": "MA"}),
        (place("US", "2 Elm St", "Boston", "02110", ""), {"state": "MA"}),
        (place("CA", "2 Birch Road", "Montréal", "H2X 1Y4", "Québec"), {"state": "QC"}),
        (place("AU", "2 Fern St", "Perth", "6000", "Western Australia"), {"state": "WA"}),
        (place("JP", "神宮前1-2-3", "渋谷区", "〒１５００００１", "東京"),
         {"postal_code": "150-0001", "state": "東京都"}),
        (place("JP", "神宮前1-2-3", "渋谷区", "150-0001", ""), {"state": "東京都"}),
        (place("DE", "Weg\u200b 2\u202e", "Köln", "50667"), {"line1": "Weg 2"}),
    ],
)  # fmt: skip
def test_what_is_written_oddly_could_be_written_so(address, expected):
    assert of(address) == expected


def test_nothing_is_suggested_for_what_is_well_written():
    oddly = {"Illinois", "1500001"}
    for address, _ in GOOD:
        if not {address.state, address.postal_code} & oddly:
            assert of(address) == {}, address.country


def test_nothing_is_guessed_of_a_postal_code_that_cannot_be_one():
    assert of(place("DE", "Weg 2", "Köln", "506")) == {}
    assert of(place("GB", "4 Elm Road", "Leeds", "LS1")) == {}


def test_only_what_was_chosen_is_taken():
    address = place("US", "2 Elm St", "Boston", "021101234", "Massachusetts")

    taken = suggested(address, ["state"])

    assert (taken.state, taken.postal_code) == ("MA", "021101234")
    assert suggested(address, ["name", "no_such_field"]) == address


def test_taking_all_suggestions_mends_what_they_are_about():
    for address, codes in BAD:
        mended = suggested(address, [each.field for each in suggestions(address)])
        assert of(mended) == {}
        if codes <= {"hidden_characters", "missing_state"}:
            assert not codes & set(check_address(mended))


TEXT = st.text(max_size=40)


@settings(max_examples=300, deadline=None)
@given(st.builds(
    Address, line1=TEXT, city=TEXT, state=TEXT, postal_code=TEXT,
    country=st.sampled_from(["DE", "GB", "JP", "US", "CA", "BR", "XX", ""]),
))  # fmt: skip
def test_whatever_is_written_there_suggestions_settle(address):
    once = suggested(address, [each.field for each in suggestions(address)])
    twice = suggested(once, [each.field for each in suggestions(once)])

    assert of(twice) == {}
