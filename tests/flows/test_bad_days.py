"""What goes wrong ends in a sentence; nothing is lost and the rest goes on."""

from datetime import timedelta

import pytest

from packbench.channels.base import Credentials
from packbench.channels.connecting import selling_marketplaces
from packbench.channels.models import ImportRun, QuotaBucket, SellerAccount
from packbench.channels.registry import open_channel, open_with
from packbench.lib import clock
from packbench.lib.errors import BadCredentials, Rejected, RemoteError, Throttled
from packbench.orders.importing import import_orders
from packbench.orders.models import Order
from packbench.shipments import jobs
from packbench.shipments.batching import create_labels
from packbench.shipments.models import Notice, Shipment
from tests.flows.conftest import connect, import_everything, weigh_everything
from tests.making import make_means

pytestmark = pytest.mark.django_db(transaction=True)


def credentials(sandbox, seller="europe", **changes):
    granted = sandbox.authorize(seller)
    fields = {
        "region": granted["region"].lower(),
        **{name: granted[name] for name in ("seller_id", "client_id", "client_secret")},
        "refresh_token": granted["refresh_token"],
    }
    return Credentials(**{**fields, **changes})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"refresh_token": "Atzr|made-up"}, "[Aa]uthorize"),
        ({"client_secret": "amzn1.oa2-cs.v1.wrong"}, "secret"),
        ({"region": "fe"}, "region"),
    ],
)
def test_wrong_credentials_say_what_to_change(sandbox, wrong, says):
    channel = open_with(credentials(sandbox, **wrong))

    with pytest.raises(RemoteError, match=says):
        selling_marketplaces(channel)


def test_an_individual_plan_is_told_that_it_has_no_api(sandbox):
    with pytest.raises(Rejected, match="Professional plan"):
        selling_marketplaces(open_with(credentials(sandbox, "individual")))


def test_a_revoked_authorization_ends_the_import_and_renewal_goes_on_where_it_stood(sandbox):
    store = connect(sandbox)
    import_everything(store)
    before = Order.objects.count()
    sandbox.revoke("europe")
    account = SellerAccount.objects.get()

    with pytest.raises(BadCredentials):
        import_orders(account, open_channel(account), clock=clock.now)
    assert SellerAccount.objects.get().status == SellerAccount.Status.REVOKED

    connect(sandbox, workspace=store.workspace)
    renewed = SellerAccount.objects.get()
    import_orders(renewed, open_channel(renewed), clock=clock.now)
    assert renewed.status == SellerAccount.Status.ACTIVE
    assert Order.objects.count() == before > 0


def test_without_the_restricted_role_orders_come_and_say_which_role_is_missing(sandbox):
    store = connect(sandbox, seller="no-addresses")

    import_everything(store)

    waiting = list(store.workspace.orders.to_ship())
    assert waiting
    assert all("missing_role" in order.problems for order in waiting)


def test_a_refused_data_set_does_not_stop_the_import(sandbox):
    sandbox.withhold = "refuse"
    store = connect(sandbox, seller="no-addresses")

    import_everything(store)

    assert "RECIPIENT" in SellerAccount.objects.get().withheld
    assert store.workspace.orders.filter(problems__contains=["missing_role"]).exists()


@pytest.mark.parametrize("orders_per_store", [60])
def test_an_import_that_is_cut_short_goes_on_at_its_page(sandbox):
    store = connect(sandbox, more=("FR", "DE", "IT"))
    sandbox.faults.arm("500", "searchOrders", skip=1, count=1)

    with pytest.raises(RemoteError):
        import_everything(store)
    cut_short = ImportRun.objects.get()
    import_everything(store)

    resumed = ImportRun.objects.get()
    assert cut_short.pages == 1
    assert resumed.pages >= 3
    assert sandbox.stats()["calls"]["searchOrders"] == resumed.pages + 1
    assert resumed.finished_at is not None


@pytest.mark.parametrize("orders_per_store", [60])
def test_a_page_token_that_expired_begins_the_read_again_and_doubles_nothing(sandbox):
    store = connect(sandbox, more=("FR", "DE", "IT"))
    sandbox.faults.arm("page_token_expired", "searchOrders", count=1)

    import_everything(store)

    numbers = list(store.workspace.orders.values_list("external_id", flat=True))
    assert len(numbers) == len(set(numbers)) > 200


def test_a_html_503_is_no_empty_page(sandbox):
    store = connect(sandbox)
    sandbox.faults.arm("503_html", "searchOrders", count=1)

    with pytest.raises(RemoteError):
        import_everything(store)

    assert SellerAccount.objects.get().imported_until is None
    import_everything(store)
    assert store.workspace.orders.exists()


def test_an_empty_quota_says_when_the_next_import_is(sandbox):
    store = connect(sandbox)
    import_everything(store)
    QuotaBucket.objects.filter(key__endswith=":searchOrders").update(tokens=0)

    with pytest.raises(Throttled):
        import_everything(store)

    account = SellerAccount.objects.get()
    assert account.next_import_at > clock.now() + timedelta(seconds=60)
    assert not any(sandbox.stats()["throttled"].values())


def test_a_lost_confirmation_is_not_sent_twice_blindly(sandbox):
    store = connect(sandbox)
    import_everything(store)
    weigh_everything(store.workspace)
    order = next(order for order in store.workspace.orders.to_ship() if order.can_ship)
    create_labels(
        store.workspace, [order], make_means(store.workspace), actor="test", now=clock.now()
    )
    jobs.buy(Shipment.objects.get().pk)
    sandbox.faults.arm("lost_answer", "confirmShipment", count=1)

    jobs.send_notices(store.account.pk)
    Notice.objects.update(next_try_at=clock.now())
    jobs.send_notices(store.account.pk)

    package = Notice.objects.get().package_reference
    told = sandbox.ledger.confirmations(order.external_id)
    assert {entry["reference"] for entry in told} == {package}
    assert Notice.objects.get().status == Notice.Status.ACCEPTED
