"""The catalogs: every text in five languages, complete, compiled, with the same places."""

import re
from pathlib import Path

import polib
import pytest

LOCALE = Path(__file__).resolve().parent.parent / "packbench" / "locale"
LANGUAGES = ("fr", "de", "es", "it")
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%")


def catalog(language, ending="po"):
    path = LOCALE / language / "LC_MESSAGES" / f"django.{ending}"
    return polib.pofile(str(path)) if ending == "po" else polib.mofile(str(path))


def key(entry):
    """What tells it from the others: a word may mean two things."""
    return entry.msgctxt or "", entry.msgid


def texts(entry):
    """What the entry says in English, and each thing it says in the other language."""
    if entry.msgid_plural:
        return entry.msgid_plural, list(entry.msgstr_plural.values())
    return entry.msgid, [entry.msgstr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language):
    missing = [entry.msgid for entry in catalog(language) if not entry.translated()]

    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_the_original(language):
    for entry in catalog(language):
        original, translations = texts(entry)
        for translation in translations:
            places = set(PLACE.findall(translation))
            assert places <= set(PLACE.findall(original)), entry.msgid
        assert set(PLACE.findall(original)) == set(PLACE.findall(translations[-1])), entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language):
    written = {key(entry): texts(entry)[1] for entry in catalog(language).translated_entries()}
    compiled = {key(entry): texts(entry)[1] for entry in catalog(language, "mo")}

    assert compiled == written


def test_places_are_those_that_sentences_fill():
    braces = [entry.msgid for entry in catalog("fr") if re.search(r"\{(?!n\})\w+\}", entry.msgid)]

    assert braces == []


def test_all_catalogs_hold_the_same_texts():
    known = [{key(entry) for entry in catalog(language)} for language in LANGUAGES]

    assert all(ids == known[0] for ids in known)


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("fr", "Boutiques connectées"),
        ("de", "Integrationen"),
        ("es", "Integraciones"),
        ("it", "Integrazioni"),
    ],
)
def test_the_stores_page_is_called_as_sellers_know_it(language, heading):
    entry = catalog(language).find("Stores")

    assert entry.msgstr == heading
