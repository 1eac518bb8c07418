"""The page of what carriers can do is what their connectors declare."""

from packbench.carriers.kinds import KINDS
from scripts import carrier_features


def test_the_page_is_current():
    now = carrier_features.page()

    assert carrier_features.PAGE.read_text("utf-8") == now, (
        "Run .venv/bin/python scripts/carrier_features.py."
    )


def test_every_carrier_and_its_retry_class_stand_there():
    page = carrier_features.page()

    for kind in KINDS:
        assert page.count(f"| {kind.name} |") >= 1
    assert "`blind`: a person decides" in page
