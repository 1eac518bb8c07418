"""Linked shops: each is told of a parcel once, in its own way, whatever gets lost."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import msgspec
import pytest

from packbench.channels.base import LinkSettings, SentItem, SentParcel
from packbench.connectors.linked.opening import open_shop
from packbench.connectors.linked.webhook import new_secret
from packbench.lib.errors import (
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporaryError,
    Throttled,
)
from packbench.lib.hosts import Reach
from tests.connectors.linked.receiving import (
    BigCommerceShop,
    CustomStore,
    WebhookReceiver,
    serving,
)

HERE = Reach(this_machine=True)
PARCEL = SentParcel(
    message_id="fwd_1.0",
    parcel_id="shp_1",
    order_number="402-1",
    seller_order_id="S-1",
    store="Amazon ES",
    carrier_code="UPS",
    carrier_name="",
    shipping_method="Standard",
    tracking_number="1Z1",
    shipped_at=datetime(2026, 11, 20, 9, 5, tzinfo=UTC),
    items=(SentItem("11", "MUG", 2),),
)
CORRECTED = msgspec.structs.replace(
    PARCEL,
    message_id="fwd_1.1",
    tracking_number="1Z2",
    is_correction=True,
    former_tracking_number="1Z1",
)


@pytest.fixture
def receiver():
    with serving(WebhookReceiver()) as shop:
        shop.secrets = [new_secret()]
        yield shop


@pytest.fixture
def bigcommerce():
    with serving(BigCommerceShop()) as shop:
        shop.add_order("402-1", [("CUP", 1), ("MUG", 1), ("MUG", 3)])
        yield shop


@pytest.fixture
def cart():
    with serving(CustomStore()) as shop:
        yield shop


def webhook(shop, secret=None):
    settings = LinkSettings(kind="webhook", url=shop.url, secret=secret or shop.secrets[0])
    return open_shop(settings, HERE)


def commerce(shop, token="token-1"):
    settings = LinkSettings(kind="bigcommerce", url=shop.url, account="abc123", secret=token)
    return open_shop(settings, HERE)


def custom(shop, password="pass-1"):
    url = f"{shop.url}/cart.php?lang=es"
    settings = LinkSettings(kind="shipnotify", url=url, account="ines", secret=password)
    return open_shop(settings, HERE)


def test_a_webhook_is_signed_and_says_nothing_of_the_buyer(receiver):
    webhook(receiver).tell(PARCEL)

    assert receiver.ledger["fwd_1.0"] == {
        "type": "shipment.shipped",
        "id": "fwd_1.0",
        "shipment_id": "shp_1",
        "store": "Amazon ES",
        "order_number": "402-1",
        "seller_order_id": "S-1",
        "carrier_code": "UPS",
        "carrier_name": "",
        "shipping_method": "Standard",
        "tracking_number": "1Z1",
        "shipped_at": "2026-11-20T09:05:00Z",
        "items": [{"order_item_id": "11", "sku": "MUG", "quantity": 2}],
    }


def test_a_webhook_signed_with_another_secret_is_refused(receiver):
    with pytest.raises(Rejected, match="does not accept the secret"):
        webhook(receiver, new_secret()).tell(PARCEL)
    assert (receiver.ledger, receiver.forged) == ({}, 1)


def test_a_lost_answer_is_repeated_under_the_same_id(receiver):
    shop = webhook(receiver)
    receiver.failures = ["lost"]

    with pytest.raises(TemporaryError):
        shop.tell(PARCEL)
    shop.tell(PARCEL)

    assert (list(receiver.ledger), receiver.repeats) == (["fwd_1.0"], 1)


def test_a_webhook_is_tried_out_by_a_test_message(receiver):
    webhook(receiver).check()

    [said] = receiver.ledger.values()
    assert said["type"] == "test"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, Rejected),
        (400, Rejected),
        (403, Rejected),
        (404, NotFound),
        (410, NotFound),
        (408, Throttled),
        (429, Throttled),
        (500, TemporaryError),
        (503, TemporaryError),
    ],
)
def test_each_status_means_what_happens_next(receiver, status, error):
    receiver.failures = [status]

    with pytest.raises(error):
        webhook(receiver).tell(PARCEL)


def test_a_redirect_is_not_followed(receiver):
    receiver.headers = {"Location": f"{receiver.url}/elsewhere"}
    receiver.failures = [302]

    with pytest.raises(Rejected, match="moved"):
        webhook(receiver).tell(PARCEL)
    assert len(receiver.calls) == 1


# --- BigCommerce


def test_bigcommerce_gets_a_shipment_of_its_own_lines(bigcommerce):
    remote_id = commerce(bigcommerce).tell(PARCEL)

    [made] = bigcommerce.shipments[100]
    assert remote_id == str(made["id"])
    assert made["items"] == [
        {"order_product_id": 1001, "quantity": 1},
        {"order_product_id": 1002, "quantity": 1},
    ]
    assert (made["order_address_id"], made["shipping_provider"]) == (107, "ups")
    assert made["tracking_number"] == "1Z1"


def test_bigcommerce_is_told_once_though_its_answer_gets_lost(bigcommerce):
    shop = commerce(bigcommerce)
    bigcommerce.failures = [None, None, None, "lost"]

    with pytest.raises(OutcomeUnknown):
        shop.tell(PARCEL)
    shop.tell(PARCEL)
    shop.tell(PARCEL)

    assert len(bigcommerce.shipments[100]) == 1


def test_a_correction_changes_the_shipment_that_bigcommerce_has(bigcommerce):
    shop = commerce(bigcommerce)
    shop.tell(PARCEL)

    shop.tell(CORRECTED)
    shop.tell(CORRECTED)

    assert [made["tracking_number"] for made in bigcommerce.shipments[100]] == ["1Z2"]


def test_a_correction_of_what_bigcommerce_never_got_makes_it(bigcommerce):
    commerce(bigcommerce).tell(CORRECTED)

    assert [made["tracking_number"] for made in bigcommerce.shipments[100]] == ["1Z2"]


def test_an_order_that_bigcommerce_has_not_yet_is_waited_for(bigcommerce):
    parcel = msgspec.structs.replace(PARCEL, order_number="402-9")

    with pytest.raises(TemporaryError, match="does not have the order 402-9 yet"):
        commerce(bigcommerce).tell(parcel)


def test_a_product_that_the_order_there_has_not_is_put_before_a_person(bigcommerce):
    parcel = msgspec.structs.replace(PARCEL, items=(SentItem("11", "HAT", 1),))

    with pytest.raises(Rejected, match="no product HAT"):
        commerce(bigcommerce).tell(parcel)


def test_a_carrier_that_bigcommerce_has_not_is_named_in_the_method(bigcommerce):
    parcel = msgspec.structs.replace(
        PARCEL, carrier_code="Other", carrier_name="Veloz", shipping_method="24"
    )
    commerce(bigcommerce).tell(parcel)

    [made] = bigcommerce.shipments[100]
    assert (made["shipping_provider"], made["shipping_method"]) == ("", "Veloz 24")


def test_bigcommerce_says_how_long_to_wait_in_its_own_header(bigcommerce):
    bigcommerce.headers, bigcommerce.failures = {"X-Rate-Limit-Time-Reset-Ms": "7000"}, [429]

    with pytest.raises(Throttled) as refusal:
        commerce(bigcommerce).tell(PARCEL)
    assert refusal.value.retry_after == 7


def test_a_wrong_token_is_found_by_the_test(bigcommerce):
    commerce(bigcommerce).check()
    with pytest.raises(Rejected, match="secret"):
        commerce(bigcommerce, "token-2").check()


# --- ShipStation's Custom Store


def test_a_custom_store_gets_shipnotify_as_from_shipstation(cart):
    custom(cart).tell(PARCEL)

    [said] = cart.notices
    assert said["lang"] == "es"
    assert (said["order_number"], said["carrier"]) == ("402-1", "UPS")
    assert (said["service"], said["tracking_number"]) == ("Standard", "1Z1")
    notice = ElementTree.fromstring(said["xml"])
    assert notice.tag == "ShipNotice"
    assert notice.findtext("ShipDate") == "11/20/2026"
    assert notice.findtext("Items/Item/SKU") == "MUG"
    assert notice.findtext("Items/Item/Quantity") == "2"
    assert notice.find("Recipient") is None


def test_a_custom_store_is_tried_out_without_telling_it_anything(cart):
    custom(cart).check()
    assert cart.notices == []
    with pytest.raises(Rejected):
        custom(cart, "pass-2").check()


def test_settings_of_a_link_print_nothing():
    settings = LinkSettings(kind="webhook", secret="whsec_very-secret")

    assert "very-secret" not in f"{settings!r} {settings}"
