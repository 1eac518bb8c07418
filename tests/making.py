"""Sensible rows and values; a test names only what it is about. All people are invented."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from packbench.accounts.joining import open_workspace
from packbench.accounts.models import Member, Person
from packbench.carriers.models import Warehouse
from packbench.carriers.registry import default_account
from packbench.channels.base import (
    Address,
    Buyer,
    ChannelItem,
    ChannelOrder,
    Credentials,
    ItemNotes,
    OrderStatus,
)
from packbench.channels.connecting import add_store, keep_application, save_account
from packbench.channels.models import SellerAccount
from packbench.lib.money import Money
from packbench.orders.following import follow_products
from packbench.orders.models import Order
from packbench.orders.saving import save_orders
from packbench.orders.weighing import weigh_products
from packbench.shipments.planning import Means

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ES, DE, FR, US, JP = (
    "A1RKKUPIHCS9HS",
    "A1PA6795UKMFR9",
    "A13V1IB3VIYZZH",
    "ATVPDKIKX0DER",
    "A1VC38T7YXB528",
)
PASSWORD = "a-quiet-bench-4711"


def make_workspace(name="Casa Marina"):
    return open_workspace(name, now=NOW)


def make_member(workspace=None, email="ines@example.com", role=Member.Role.OWNER):
    person = Person.objects.create_user(email, PASSWORD)
    return Member.objects.create(workspace=workspace or make_workspace(), person=person, role=role)


def make_account(workspace=None, region="eu", seller_id="A2SELLER", marketplace_ids=(ES, DE, FR)):
    workspace = workspace or make_workspace()
    application = keep_application(workspace, "amzn1.application-oa2-client.1", "secret", now=NOW)
    credentials = Credentials(
        region=region,
        seller_id=seller_id,
        client_id=application.client_id,
        client_secret="secret",
        refresh_token="Atzr|token",
    )
    return save_account(
        application,
        credentials,
        way=SellerAccount.Way.PRIVATE_APP,
        marketplace_ids=marketplace_ids,
        actor="test",
        now=NOW,
    )


def make_store(account=None, marketplace_id=ES, name="Amazon ES"):
    return add_store(account or make_account(), marketplace_id, name=name, actor="test", now=NOW)


def make_address(**changes):
    fields = {
        "name": "Lucía Ferrer",
        "line1": "Calle de la Luna 14",
        "line2": "3º B",
        "city": "Valencia",
        "state": "Valencia",
        "postal_code": "46001",
        "country": "ES",
        "phone": "+34 600 000 000",
    }
    return Address(**{**fields, **changes})


def make_item(external_id="10000000000001", **changes):
    fields = {
        "sku": "MUG-BLUE",
        "asin": "B0BLUEMUG1",
        "title": "Blue mug, 330 ml",
        "quantity": 1,
        "unit_price": Money(Decimal("12.90"), "EUR"),
        "notes": ItemNotes(),
    }
    return ChannelItem(external_id=external_id, **{**fields, **changes})


def make_channel_order(external_id="402-0000001-0000001", **changes):
    fields = {
        "marketplace_id": ES,
        "status": OrderStatus.AWAITING_SHIPMENT,
        "remote_status": "UNSHIPPED",
        "created_at": NOW - timedelta(hours=5),
        "updated_at": NOW - timedelta(hours=4),
        "ship_by_at": NOW + timedelta(hours=20),
        "deliver_by_at": NOW + timedelta(days=4),
        "service_level": "STANDARD",
        "total": Money(Decimal("12.90"), "EUR"),
        "buyer": Buyer(name="Lucía Ferrer", email="abc@marketplace.amazon.es"),
        "recipient": make_address(),
        "items": (make_item(),),
    }
    return ChannelOrder(external_id=external_id, **{**fields, **changes})


def make_order(store=None, *, weight_g=350, **changes):
    """An imported order, ready to be shipped unless `weight_g` is None."""
    store = store or make_store()
    order = make_channel_order(marketplace_id=store.marketplace_id, **changes)
    save_orders([order], {store.marketplace_id: store}, account=store.account, now=NOW)
    if weight_g:
        skus = {item.sku: weight_g for item in order.items}
        weigh_products(store.workspace, skus, actor="test", now=NOW)
    return Order.objects.get(store=store, external_id=order.external_id)


def weigh_all(workspace, weights_g, *, now=NOW):
    """Set the weights of products, and let every order follow: their jobs work by slices."""
    weigh_products(workspace, weights_g, actor="test", now=now)
    while follow_products(workspace, now=now):
        pass


def make_warehouse(workspace):
    warehouse, _ = Warehouse.objects.get_or_create(
        workspace=workspace,
        is_default=True,
        defaults={
            "name": "Almacén",
            "company": "Casa Marina S.L.",
            "line1": "Carrer del Port 8",
            "postal_code": "46024",
            "city": "Valencia",
            "country": "ES",
            "created_at": NOW,
        },
    )
    return warehouse


def make_means(workspace, service="standard"):
    return Means(default_account(workspace, now=NOW), make_warehouse(workspace), service)
