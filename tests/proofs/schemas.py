"""Strategies for JSON as Amazon's own models allow it, and a little beyond: words that are new.

What the models call "Possible values" in prose are plain strings there: known ones come often,
others now and then, as Amazon adds them without notice.
"""

import json
import re
from datetime import datetime
from functools import cache

from hypothesis import strategies as st

from tests.making import DE, ES
from tests.sandbox.oracle import MODELS

FILE = MODELS / "orders-api-model" / "orders_2026-01-01.json"
WORDS = re.compile(r"`([A-Z][A-Z_]+)`")
TIMES = (
    "2026-11-20T09:00:00Z",
    "2026-11-19T23:59:59.123Z",
    "2026-11-18T08:30:00+01:00",
    "2026-02-28T00:00:00Z",
)
ODD_TIMES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
MOST_ENTRIES = 3
USUAL = {"marketplaceId", "fulfillment", "deliveryAddress"}  # optional, but hardly ever missing

texts = st.one_of(
    st.sampled_from(
        ("", "Ana", "Calle Mayor 1", "東京都", "a\0b", "x" * 300, "O'Neil; drop", "🎁")
    ),
    st.text(max_size=12),
)
some_day = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1))
times = st.integers(0, 15).flatmap(
    lambda n: (
        st.sampled_from(ODD_TIMES)
        if n == 15
        else st.sampled_from(TIMES)
        if n < 8
        else some_day.map(lambda at: f"{at.isoformat()}Z")
    )
)
amounts = st.one_of(
    st.decimals(-10_000, 10_000, places=2, allow_nan=False).map(str),
    st.sampled_from(("0", "1980", "-3.50", "1E+30", "1E-30", "", "free", "NaN", "0.0001")),
)
# What must be told apart for an order to come in at all.
BY_NAME = {
    "orderItemId": st.integers(1, 60).map(lambda n: str(n) if n < 58 else "9" * n * (n - 58)),
    "marketplaceId": st.sampled_from((ES, ES, ES, ES, DE, "A-NEW-PLACE")),
    "channelName": st.sampled_from(("AMAZON", "AMAZON", "AMAZON", "NON_AMAZON")),
    "fulfilledBy": st.sampled_from(("MERCHANT", "MERCHANT", "MERCHANT", "AMAZON", "A_NEIGHBOR")),
    "countryCode": st.sampled_from(("ES", "US", "JP", "UK", "ZZ", "")),
}
BY_REFERENCE = {"#/definitions/Decimal": amounts}


def pages():
    """The orders of a page of searchOrders, one or two."""
    return st.lists(strategy("#/definitions/Order"), min_size=1, max_size=2)


@cache
def strategy(reference):
    return st.deferred(lambda: _of(_definitions()[reference.rpartition("/")[2]]))


@cache
def _definitions():
    return json.loads(FILE.read_text(encoding="utf-8"))["definitions"]


def _of(schema, name=""):
    if name in BY_NAME:
        return BY_NAME[name]
    reference = schema.get("$ref")
    if reference:
        known = BY_REFERENCE.get(reference)
        return strategy(reference) if known is None else known
    if schema.get("enum"):
        return _words(schema["enum"])
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _objects(schema)
    if kind == "array":
        return st.lists(_of(schema["items"]), max_size=MOST_ENTRIES)
    return _plain(kind, schema)


def _plain(kind, schema):
    if kind == "integer":
        usual = st.integers(0, 5)
        often = st.sampled_from((1, 1, 1, 2, 3, 24, 10**6))
        return st.one_of(*[usual] * 12, *[often] * 12, st.sampled_from((-1, 2**31, 2**63)))
    if kind == "number":
        return st.one_of(st.integers(0, 100), st.floats(0, 1e6, allow_nan=False))
    if kind == "boolean":
        return st.booleans()
    if schema.get("format") in ("date-time", "date"):
        return times
    known = WORDS.findall(schema.get("description", ""))
    return _words(known) if known else texts


def _words(known):
    """Mostly what is known, at times what nobody has seen yet."""
    return st.one_of(st.sampled_from(known), st.sampled_from(known), st.just("BRAND_NEW_WORD"))


def _objects(schema):
    needed = {*schema.get("required", ()), *(USUAL & set(schema.get("properties", {})))}
    fields = {name: _of(each, name) for name, each in schema.get("properties", {}).items()}
    return st.fixed_dictionaries(
        {name: fields[name] for name in needed},
        optional={name: field for name, field in fields.items() if name not in needed}
        | {"aFieldOfTomorrow": st.just({"deep": [1]})},
    )
