"""Words become keyed tokens: how they are cut, folded and found again."""

import pytest

from packbench.privacy.tokenizing import (
    STEP,
    Tokenizer,
    indexed_terms,
    month_of,
    sought_terms,
    words_of,
)
from tests.making import NOW

HERE = Tokenizer.of(b"k" * 32, month_of(NOW))


def is_found(text, **given):
    fields = {"names": [], "emails": [], "phones": []} | given
    terms = indexed_terms(**fields)
    return any(set(wanted) <= terms for wanted in sought_terms(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lucia", "Lucía Ferrer"),
        ("FERRER lucía", "Lucía Ferrer"),
        ("luc fer", "Lucía Ferrer"),
        ("müller", "Jörg Muller"),
        ("strasse", "An der Straße"),
        ("sørensen", "Sorensen"),
        ("ｌｕｃｉａ", "Lucía"),
        ("o'neill", "Sinead O’Neill"),
        ("li", "Li Wei"),
        ("山田", "山田太郎"),
        ("田太郎", "山田太郎"),
        ("ガンダム", "ガンダム商店"),
        ("김철", "김철수"),
        ("παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("йован", "Йован"),
        ("स्मिता", "स्मिता राव"),
        ("wolfeschlegelstein", "Hubert Wolfeschlegelstein"),
    ],
)
def test_a_name_is_found_however_it_is_written(text, name):
    assert is_found(text, names=[name])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lu", "Lucía"),
        ("ucia", "Lucía"),
        ("lucia perez", "Lucía Ferrer"),
        ("郎太", "山田太郎"),
        ("カンダム", "ガンダム"),
        ("", "Lucía"),
        ("...", "Lucía"),
    ],
)
def test_another_word_does_not_find_it(text, name):
    assert not is_found(text, names=[name])


@pytest.mark.parametrize(
    "text",
    ["+34 600 123 456", "0034600123456", "600123456", "600-12-34-56", "0123456", "٦٠٠١٢٣٤٥٦"],
)
def test_a_phone_number_is_found_however_it_is_written(text):
    assert is_found(text, phones=["+34 600 123 456"])


@pytest.mark.parametrize(
    "text", ["Abc9@marketplace.amazon.es", " abc9@marketplace.amazon.ES ", "abc9"]
)
def test_an_email_address_is_found_whole_or_by_what_stands_before_the_at(text):
    assert is_found(text, emails=["abc9@marketplace.amazon.es"])
    assert not is_found(text, emails=["xyz@marketplace.amazon.es"])


def test_tokens_differ_by_key_and_month_and_do_not_tell_how_many_words_there_are():
    elsewhere = Tokenizer.of(b"x" * 32, month_of(NOW))
    later = Tokenizer.of(b"k" * 32, month_of(NOW) + 1)

    assert len({each.token("n:lucia") for each in (HERE, elsewhere, later)}) == 3
    for name in ("Li", "Lucía", "Lucía Ferrer"):
        terms = indexed_terms(names=[name], emails=[], phones=[])
        tokens = HERE.tokens(terms, filler="ord_1")
        assert len(tokens) % STEP == 0
        assert tokens == sorted(tokens) == HERE.tokens(terms, filler="ord_1")
        assert tokens != HERE.tokens(terms, filler="ord_2")


def test_a_very_long_name_has_an_end():
    assert len(indexed_terms(names=["ab " * 5000], emails=[], phones=[])) == 1
    long = indexed_terms(names=[f"word{n}x" for n in range(5000)], emails=[], phones=[])
    assert len(long) < 200
    assert len(words_of("山" * 500)) == 499


def test_a_tokenizer_shows_nothing_of_its_key():
    assert "kk" not in repr(HERE)
