"""Write docs/carriers.md anew: what each carrier can do, from what its connector declares.

.venv/bin/python scripts/carrier_features.py
"""

import importlib
from pathlib import Path

from packbench.carriers.base import CarrierSecrets, Feature, Opening, RetryClass
from packbench.carriers.kinds import FEATURE_WORDS, KINDS
from packbench.channels.base import Credentials
from packbench.connectors.amazon.throttle import MemoryBuckets
from packbench.connectors.karrio.carrier import Karrio
from packbench.lib.errors import RemoteError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "carriers.md"
INSTALLED_APART = {"karrio": Karrio}  # its class declares the same
NOWHERE = "http://127.0.0.1:9"  # nothing is asked: what is declared needs no call
RETRY_WORDS = {
    RetryClass.KEYED: "asked again under our reference, it shows what it sold",
    RetryClass.TWO_PHASE: "a prepared purchase is looked at, and sold once",
    RetryClass.SEARCHABLE: "looked up by our reference, after the quarantine",
    RetryClass.BLIND: "a person decides",
}
HEAD = """# What each carrier can do

Written by `scripts/carrier_features.py` from what the connectors declare; a test holds it current.
What the words mean: [glossary](glossary.md), `packbench/carriers/base.py`. How to set a carrier
up: [help](help/en/carriers.md).

"""


def page():
    """Return the page as it must be."""
    carriers = [(kind, opened(kind)) for kind in KINDS]
    return HEAD + "\n".join([*features(carriers), "", *purchases(carriers), ""])


def opened(kind):
    """The carrier, with credentials that nobody looks at; None where it is not installed."""
    if kind.code in INSTALLED_APART:
        return INSTALLED_APART[kind.code]
    module, _, name = kind.opening.rpartition(".")
    none = "none"
    secrets = CarrierSecrets(values={ask.name: none for ask in kind.secrets})
    credentials = Credentials(
        region="eu", seller_id="A1", client_id=none, client_secret=none, refresh_token=none
    )
    opening = Opening(
        secrets=secrets, sandbox_url=NOWHERE, credentials=credentials, buckets=MemoryBuckets()
    )
    try:
        return getattr(importlib.import_module(module), name)(opening)
    except RemoteError:
        return None


def features(carriers):
    names = [kind.name for kind, _ in carriers]
    yield f"| | {' | '.join(names)} |"
    yield f"|---|{'---|' * len(names)}"
    for feature in sorted(Feature, key=FEATURE_WORDS.__getitem__):
        ticks = ["yes" if feature in kind.features else "" for kind, _ in carriers]
        yield f"| {FEATURE_WORDS[feature]} | {' | '.join(ticks)} |"


def purchases(carriers):
    yield "| | labels | heaviest | name, line, city, phone | after a lost answer | quarantine |"
    yield "|---|---|---|---|---|---|"
    for kind, carrier in carriers:
        if carrier is None:
            yield f"| {kind.name} | not installed here | | | | |"
            continue
        limits = carrier.limits
        lengths = (limits.name, limits.line, limits.city, limits.phone)
        lines = ", ".join(str(each) if each else "any" for each in lengths)
        formats = ", ".join(each.upper() for each in carrier.formats)
        retry = f"`{carrier.retry_class}`: {RETRY_WORDS[carrier.retry_class]}"
        yield (
            f"| {kind.name} | {formats} | {limits.weight_g / 1000:g} kg | {lines} | {retry} "
            f"| {carrier.quarantine_s:g} s |"
        )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
