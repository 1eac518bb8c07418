"""Every marketplace there is: connected by consent, read, and its orders fit to be shipped."""

import pytest

from packbench.lib.marketplaces import MARKETPLACES, in_region
from packbench.privacy.revealing import reveal
from tests.flows.conftest import connect, import_everything
from tests.making import make_workspace

pytestmark = pytest.mark.django_db

SELLERS = {"eu": ("wide", "ES"), "na": ("america", "US"), "fe": ("far-east", "JP")}


def connect_region(sandbox, region, workspace):
    seller, first = SELLERS[region]
    sandbox.throttle.scale = 1000
    more = [market.country for market in in_region(region) if market.country != first]
    return connect(sandbox, country=first, seller=seller, more=more, workspace=workspace)


def test_three_consents_make_23_stores_and_each_has_its_orders(sandbox):
    workspace = make_workspace()

    for region in SELLERS:
        import_everything(connect_region(sandbox, region, workspace))

    assert {store.marketplace_id for store in workspace.stores.all()} == {
        market.id for market in MARKETPLACES
    }
    assert all(store.orders.exists() for store in workspace.stores.all())
    assert workspace.seller_accounts.count() == 3


def test_a_japanese_address_is_kept_as_it_is_written(sandbox):
    workspace = make_workspace()
    import_everything(connect_region(sandbox, "fe", workspace))
    japan = workspace.orders.select_related("key__parent").filter(
        ship_to_country="JP", has_address=True
    )

    addresses = [reveal(order, "recipient", order.key) for order in japan]

    assert any("一" <= letter <= "龥" for address in addresses for letter in address.line1)
