"""Sandbox Parcel sells labels, and sells two where it is asked twice."""

import base64

import httpx
import pytest

from packbench_sandbox.carrier.selling import KEY

ORDER = {
    "reference": "shp_1",
    "service": "standard",
    "weight_grams": 1200,
    "recipient_country": "ES",
    "recipient_postal_code": "28001",
}


@pytest.fixture
def carrier(sandbox):
    headers = {"Authorization": f"Bearer {KEY}"}
    url = f"{sandbox.url}/carrier/v1"
    with httpx.Client(base_url=url, headers=headers, verify=False) as client:
        yield client


def test_a_label_has_a_number_a_price_and_a_page(carrier):
    answer = carrier.post("/labels", json=ORDER)

    label = answer.json()
    assert answer.status_code == 201
    assert label["tracking_number"].startswith("SBX")
    assert label["amount"] == {"amount": "4.70", "currency": "EUR"}
    assert base64.b64decode(label["label_pdf_base64"]).startswith(b"%PDF-1.4")


def test_the_label_is_a_pdf_of_one_page(carrier):
    reader = pytest.importorskip("pypdfium2")

    label = carrier.post("/labels", json={**ORDER, "reference": "(é漢\\"}).json()
    document = reader.PdfDocument(base64.b64decode(label["label_pdf_base64"]))

    text = document[0].get_textpage().get_text_range()
    assert len(document) == 1
    assert label["tracking_number"] in text


def test_two_posts_sell_two_labels(sandbox, carrier):
    first, second = (carrier.post("/labels", json=ORDER).json() for _ in range(2))

    assert first["label_id"] != second["label_id"]
    assert first["tracking_number"] != second["tracking_number"]
    assert len(sandbox.ledger.labels("shp_1")) == 2


def test_a_lost_answer_is_found_by_its_reference_after_the_lag(sandbox, carrier):
    sandbox.commit_lag = 30
    sandbox.faults.arm("lost_answer", "buyLabel", "shp_1")
    with pytest.raises(httpx.RemoteProtocolError):
        carrier.post("/labels", json=ORDER)

    early = carrier.get("/labels", params={"reference": "shp_1"}).json()["labels"]
    sandbox.clock.advance(30)
    late = carrier.get("/labels", params={"reference": "shp_1"}).json()["labels"]

    assert early == []
    assert [label["reference"] for label in late] == ["shp_1"]


def test_a_label_is_voided_once(sandbox, carrier):
    label = carrier.post("/labels", json=ORDER).json()["label_id"]

    answers = [carrier.post(f"/labels/{label}/void").status_code for _ in range(2)]

    assert answers == [200, 409]
    assert carrier.get(f"/labels/{label}").json()["status"] == "voided"
    assert sandbox.ledger.count("label.voided") == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"weight_grams": 30_001}, "too_heavy"),
        ({"weight_grams": "heavy"}, "bad_weight"),
        ({"service": "teleport"}, "unknown_service"),
        ({"reference": ""}, "missing"),
    ],
)
def test_what_cannot_be_sent_is_refused(sandbox, carrier, changes, code):
    answer = carrier.post("/labels", json={**ORDER, **changes})

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code
    assert sandbox.ledger.labels() == []


def test_a_wrong_key_is_refused(carrier):
    carrier.headers["Authorization"] = "Bearer wrong"

    assert carrier.post("/labels", json=ORDER).status_code == 401
    assert carrier.get("/labels").status_code == 401


def test_an_unknown_label_is_not_found(carrier):
    assert carrier.post("/labels/lbl-404/void").status_code == 404
