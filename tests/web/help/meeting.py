"""How each trouble is met: what is broken in the sandbox or the desk, and the page that says so.

Each case returns the page that the trouble is shown on.
"""

import io
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import httpx
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from msgspec.structs import replace as changed
from PIL import Image

from packbench.carriers.registry import default_account
from packbench.channels import authorizing
from packbench.channels.authorizing import Visitor
from packbench.channels.base import Confirmation, Constraint, Credentials
from packbench.channels.branding import MOST_BYTES, logo_of
from packbench.channels.checking import renewed_at_amazon
from packbench.channels.complying import Entry, save_compliance
from packbench.channels.connecting import (
    add_file_store,
    add_store,
    keep_application,
    save_account,
)
from packbench.channels.models import (
    Application,
    AuthorizationAttempt,
    SellerAccount,
    Store,
    sentence_json,
)
from packbench.channels.probing import probe_account
from packbench.channels.registry import credentials_of, open_channel
from packbench.channels.renewing import ask_renewal
from packbench.channels.rotating import save_secret
from packbench.channels.settling import OrderSettings, Telling, change_store
from packbench.connectors.amazon.client import AmazonClient
from packbench.connectors.amazon.confirmation_file import write_confirmations
from packbench.connectors.amazon.marketplaces import Endpoints, by_country
from packbench.connectors.amazon.operations import CONFIRM_SHIPMENT, GET_PARTICIPATIONS
from packbench.connectors.amazon.requests import Call
from packbench.connectors.amazon.throttle import MemoryBuckets
from packbench.connectors.amazon.tokens import TokenCache
from packbench.lib import clock
from packbench.lib.epr import rules_of
from packbench.lib.errors import RemoteError
from packbench.lib.http import new_client
from packbench.orders.addressing import enter_address
from packbench.orders.importing import import_orders
from packbench.orders.models import Order, OrderItem
from packbench.orders.saving import save_orders
from packbench.orders.standing import constraint_problem
from packbench.orders.weighing import weigh_products
from packbench.privacy.fields import sealer
from packbench.shipments.buying import buy_label
from packbench.shipments.confirming import confirmation_of, send_due_notices
from packbench.shipments.models import Notice, Shipment, ShipmentItem
from packbench.shipments.planning import plan_shipment
from packbench.shipments.verifying import verify_notices
from packbench_sandbox.queueing import EXAMPLE, KEY_ID, SECRET
from packbench_sandbox.world.sellers import DELIVERY, INSIGHTS, ROLES, TRACKING
from tests.making import make_address, make_means, make_warehouse
from tests.shipments.faking import FakeCarrier
from tests.web.stores.consenting import (
    CALLBACK,
    agree,
    app_form,
    leave,
    text_of,
    ticks,
    website_form,
)
from tests.web.stores.test_file_drops import COLUMNS, report

ES, DE, EG = (by_country(country).id for country in ("ES", "DE", "EG"))
CASES = {}


def picture(width, height):
    file = io.BytesIO()
    Image.new("L", (width, height)).save(file, "PNG")
    return file.getvalue()


@dataclass
class Desk:
    """A desk with one connected account and its store in Spain, and the sandbox behind it."""

    sandbox: object
    owner: object
    workspace: object
    settings: object
    account: SellerAccount = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self):
        keys = app_form(self.sandbox)
        application = keep_application(
            self.workspace, keys["client_id"], keys["client_secret"], now=clock.now()
        )
        credentials = Credentials(
            region="eu",
            seller_id=keys["seller_id"],
            client_id=keys["client_id"],
            client_secret=keys["client_secret"],
            refresh_token=keys["refresh_token"],
        )
        self.account = save_account(
            application,
            credentials,
            way=SellerAccount.Way.PRIVATE_APP,
            marketplace_ids=[ES, DE],
            actor="test",
            now=clock.now(),
        )
        self.store = add_store(self.account, ES, name="Amazon ES", actor="test", now=clock.now())

    def channel(self):
        return open_channel(self.fresh())

    def fresh(self):
        rows = SellerAccount.objects.select_related("application", "workspace__key")
        return rows.get(pk=self.account.pk)

    def page(self, url):
        return text_of(self.owner.get(url, follow=True))

    def store_page(self):
        return self.page(f"/stores/{self.store.pk}")

    def account_page(self):
        return self.page(f"/stores/accounts/{self.account.pk}")

    def order_page(self, order):
        return self.page(f"/orders/{order.pk}")

    def bring(self, *traits, weight_g=400, asks_to_cancel=False, **changes):
        """An order of the sandbox as it comes in here, and the same there."""
        there = self.sandbox.world.create_order("europe", country="ES", traits=list(traits))
        if asks_to_cancel:
            self.sandbox.request_cancel(there.id)
        if changes:
            self.sandbox.change_address(there.id, **changes)
        came = self.channel().fetch_order(there.id)
        now = clock.now()
        save_orders([came], {ES: self.store}, account=self.account, now=now)
        if weight_g:
            skus = dict.fromkeys((item.sku for item in came.items), weight_g)
            weigh_products(self.workspace, skus, actor="test", now=now)
        return Order.objects.get(external_id=there.id), there

    def labeled(self):
        """An order with a label, whose notice waits to be sent."""
        order, there = self.bring()
        # Some of the sandbox's buyers live on the Canary Islands.
        self.workspace.products.update(hs_code="691200", country_of_origin="PT")
        default_account(self.workspace, now=clock.now())
        means = make_means(self.workspace)
        shipment = plan_shipment(order, means, batch=None, actor="test", now=clock.now())
        buy_label(shipment, FakeCarrier(), now=clock.now())
        return Order.objects.get(pk=order.pk), there

    def send(self, order):
        """Tell Amazon, and return the order's page."""
        send_due_notices(self.fresh(), self.channel(), clock=clock.now)
        return self.order_page(order)

    def import_all(self, channel=None, now=clock.now):
        """Import, whatever comes of it, and return the store's page."""
        with suppress(RemoteError, RuntimeError):
            import_orders(self.fresh(), channel or self.channel(), clock=now)
        return self.store_page()

    def probe(self):
        probe_account(self.fresh(), self.channel(), clock=clock.now)
        return self.account_page()

    def note(self, error):
        """Keep the error as the import's, and return the store's page."""
        SellerAccount.objects.update(import_error=sentence_json(error))
        return self.store_page()

    def client(self, **changes):
        return AmazonClient(
            changed(credentials_of(self.fresh()), **changes),
            buckets=MemoryBuckets(),
            endpoints=Endpoints.at(self.sandbox.url),
            http=new_client(),
            tokens=TokenCache(),
        )

    def refuse(self, operation, message, code="InvalidInput", status=400):
        self.sandbox.faults.arm("refused", operation, message=message, code=code, status=status)


def raised(step, *arguments, **options):
    try:
        step(*arguments, **options)
    except RemoteError as error:
        return error
    raise AssertionError("nothing was refused")


def case(*codes):
    def register(bring_about):
        for code in codes:
            CASES[code] = bring_about
        return bring_about

    return register


# Confirming: Amazon refuses, in its own words.

WORDS = {
    "transparency_missing": "transparencyCodes are required for this item",
    "package_delivered": "The package was delivered and can no longer be edited.",
    "not_ours": "The order is fulfilled by Amazon and cannot be confirmed.",
    "order_pending": "The order cannot be shipped while it is PENDING.",
    "ship_plus": "FBM_SHIP_PLUS orders are confirmed through Buy Shipping only.",
    "carrier_invalid": "carrierCode is invalid",
    "tracking_invalid": "trackingNumber is invalid",
    "ship_date_invalid": "shipDate is invalid",
    "rejected": "Something new.",
}


@case(*WORDS)
def amazon_refuses_in_words(desk, code):
    order, _ = desk.labeled()
    desk.refuse("confirmShipment", WORDS[code])
    return desk.send(order)


@case("feed_rejected")
def the_account_owes_amazon(desk, code):
    order, _ = desk.labeled()
    words = "Amazon encountered an exception. Message: Feed rejected"
    desk.refuse("confirmShipment", words, code="InternalServiceError", status=500)
    return desk.send(order)


@case("package_unknown")
def somebody_confirmed_it_there(desk, code):
    order, there = desk.labeled()
    items = tuple(there.quantities.items())
    sent = Confirmation(
        order_id=there.id,
        marketplace_id=there.marketplace_id,
        package_reference="7",
        carrier_code="Correos",
        carrier_name="",
        shipping_method="",
        tracking_number="PK123456789ES",
        shipped_at=clock.now(),
        items=items,
    )
    desk.channel().confirm(sent)
    return desk.send(order)


@case("order_closed")
def the_order_was_cancelled_there(desk, code):
    order, there = desk.labeled()
    desk.sandbox.cancel_order(there.id)
    return desk.send(order)


ROWS_CHANGED = {
    "reference_invalid": (Notice, {"package_reference": "0"}),
    "item_unknown": (OrderItem, {"external_id": "999"}),
    "quantity_too_high": (ShipmentItem, {"quantity": F("quantity") + 1}),
    "carrier_missing": (Shipment, {"channel_code": "Other", "channel_name": ""}),
    "tracking_missing": (Shipment, {"tracking_number": ""}),
    "order_missing": (Order, {"external_id": ""}),
    "order_not_found": (Order, {"external_id": "402-9999999-9999999"}),
    "marketplace_invalid": (Store, {"marketplace_id": DE}),
}


@case(*ROWS_CHANGED)
def what_is_sent_is_not_what_amazon_has(desk, code):
    order, _ = desk.labeled()
    model, changes = ROWS_CHANGED[code]
    model.objects.update(**changes)
    return desk.send(order)


@case("tracking_shape")
def the_number_is_none_of_the_carriers(desk, code):
    order, _ = desk.labeled()
    Shipment.objects.update(channel_code="UPS", tracking_number="12-34")
    return desk.send(order)


@case("not_shown_yet")
def amazon_does_not_show_what_was_fed(desk, code):
    order, _ = desk.labeled()
    Notice.objects.update(is_fed=True, is_correction=True, told_at=clock.now())
    return desk.send(order)


@case("quantity_invalid")
def a_quantity_of_nothing(desk, code):
    """The database takes none; a channel asked by somebody else refuses it."""
    desk.labeled()
    notice = Notice.objects.select_related("order", "shipment__order", "store").get()
    told = confirmation_of(notice)
    nothing = changed(told, items=tuple((item, 0) for item, _ in told.items))
    return desk.note(raised(desk.channel().confirm, nothing))


@case("items_missing")
def the_parcel_is_empty(desk, code):
    order, _ = desk.labeled()
    ShipmentItem.objects.all().delete()
    return desk.send(order)


@case("throttled")
def too_many_confirmations(desk, code):
    order, _ = desk.labeled()
    desk.sandbox.faults.arm("429", "confirmShipment")
    return desk.send(order)


@case("not_shown")
def amazon_does_not_show_it(desk, code):
    order, _ = desk.labeled()
    long_ago = clock.now() - timedelta(hours=3)
    Notice.objects.update(status=Notice.Status.ACCEPTED, accepted_at=long_ago)
    Store.objects.update(polled_at=clock.now())
    verify_notices(now=clock.now())
    return desk.order_page(order)


# Importing: what the way to Amazon brings.

FAULTS = {
    "unavailable": "503_html",
    "contract": "bad_json",
    "answer_lost": "lost_answer",
}


@case(*FAULTS)
def the_import_meets_a_fault(desk, code):
    desk.sandbox.faults.arm(FAULTS[code], "searchOrders")
    return desk.import_all()


@case("access_refused")
def every_token_is_refused(desk, code):
    desk.sandbox.faults.arm("token_expired", "searchOrders", count=9)
    return desk.import_all()


@case("page_token_expired")
def the_page_is_forgotten(desk, code):
    desk.refuse("searchOrders", "paginationToken has expired.")
    return desk.import_all()


@case("time_refused")
def the_clock_is_two_months_ahead(desk, code):
    return desk.import_all(now=lambda: clock.now() + timedelta(days=60))


@case("dataset_refused")
def a_data_set_is_out_of_order(desk, code):
    desk.refuse("searchOrders", "includedData PACKAGES is not supported.")
    return desk.import_all()


@case("not_reached", "name_not_found", "not_trusted")
def amazon_is_not_there(desk, code):
    port = desk.sandbox.url.rpartition(":")[2]
    desk.settings.SANDBOX_URL = {
        "not_reached": "http://127.0.0.1:1",
        "name_not_found": "http://nobody.invalid",
        "not_trusted": f"https://127.0.0.1:{port}",
    }[code]
    return desk.import_all()


@case("fault")
def our_own_fault(desk, code):
    class Broken:
        def fetch_orders(self, query):
            raise RuntimeError("nothing to do with Amazon")

    return desk.import_all(Broken())


@case("may_have_happened", "not_found", "access_denied", "credentials_malformed")
def a_call_of_its_own(desk, code):
    calls = {
        "may_have_happened": replace(CONFIRM_SHIPMENT, is_repeatable=False),
        "not_found": replace(GET_PARTICIPATIONS, path="/sellers/v1/nothing"),
        "access_denied": replace(GET_PARTICIPATIONS, model="unknown.json"),
        "credentials_malformed": GET_PARTICIPATIONS,
    }
    changes = {"client_secret": ""} if code == "credentials_malformed" else {}
    if code == "may_have_happened":
        desk.sandbox.faults.arm("500", "confirmShipment")
    if code == "access_denied":
        desk.sandbox.set_roles("europe", [])
    path = dict.fromkeys(calls[code].path_names, "1")
    return desk.note(raised(desk.client(**changes).call, Call(calls[code], path=path)))


@case("role_missing_orders")
def orders_are_denied(desk, code):
    desk.sandbox.set_roles("europe", [INSIGHTS])
    return desk.import_all()


@case("client_id_is_app_id", "client_refused")
def the_application_changed(desk, code):
    demo = desk.sandbox.application("demo")
    if code == "client_id_is_app_id":
        Application.objects.update(client_id=demo.application_id)
    else:
        seal = sealer(Application, "client_secret")
        Application.objects.update(client_secret=seal("rotated", desk.workspace.key.opened()))
    desk.import_all()
    return desk.store_page()


@case("authorization_ended")
def the_seller_revoked(desk, code):
    desk.sandbox.revoke("europe")
    desk.import_all()
    return desk.store_page()


# Testing the connection.


@case("marketplaces_without_store")
def it_sells_elsewhere_too(desk, code):
    return desk.probe()


@case("listings_suspended")
def listings_are_suspended(desk, code):
    keys = app_form(desk.sandbox, "wide")
    seal = sealer(SellerAccount, "refresh_token")
    SellerAccount.objects.update(
        seller_id=keys["seller_id"],
        refresh_token=seal(keys["refresh_token"], desk.workspace.key.opened()),
    )
    return desk.probe()


@case("clock_skew")
def the_clock_is_behind(desk, code):
    desk.sandbox.clock.advance(120)
    return desk.probe()


LEFT = {
    "role_missing_insights": set(ROLES) - {INSIGHTS},
    "role_missing_listing": {TRACKING, INSIGHTS, DELIVERY},
    "role_missing_feeds": {INSIGHTS},
    "role_missing_reports": {INSIGHTS},
    "role_missing_taxes": {TRACKING, INSIGHTS, DELIVERY},
}


@case(*LEFT)
def a_role_is_missing(desk, code):
    desk.sandbox.withhold = "refuse"
    desk.sandbox.world.create_order("europe", country="ES")
    desk.sandbox.set_roles("europe", sorted(LEFT[code]))
    return desk.probe()


# Orders.


@case("missing_weight")
def nobody_weighed_it(desk, code):
    order, _ = desk.bring(weight_g=None)
    return explained_from(desk, desk.order_page(order), code)


@case("missing_customs")
def the_parcel_crosses_a_border(desk, code):
    make_warehouse(desk.workspace)
    order, _ = desk.bring(city="Zürich", postalCode="8001", countryCode="CH")
    return explained_from(desk, desk.order_page(order), code)


@case("missing_address")
def the_address_lacks_a_street(desk, code):
    order, _ = desk.bring(addressLine1="")
    return explained_from(desk, desk.order_page(order), code)


@case("address_doubtful")
def the_house_number_is_missing(desk, code):
    order, _ = desk.bring(addressLine1="Calle de la Luna", addressLine2="")
    return explained_from(desk, desk.order_page(order), code)


@case("missing_role")
def addresses_are_withheld(desk, code):
    desk.sandbox.set_roles("europe", [TRACKING, INSIGHTS])
    order, _ = desk.bring()
    return explained_from(desk, desk.order_page(order), code)


@case("cancel_requested")
def the_buyer_changed_their_mind(desk, code):
    order, _ = desk.bring(asks_to_cancel=True)
    return explained_from(desk, desk.order_page(order), code)


def bend(desk, **changes):
    """An order of the desk that the store shows otherwise a minute later."""
    order, there = desk.bring()
    came = desk.channel().fetch_order(there.id)
    later = changed(came, updated_at=came.updated_at + timedelta(minutes=1), **changes)
    save_orders([later], {ES: desk.store}, account=desk.account, now=clock.now())
    return order


@case("address_changed")
def the_buyer_moved_after_it_was_corrected(desk, code):
    order, there = desk.bring()
    enter_address(order, make_address(), actor="test", now=clock.now())
    desk.sandbox.change_address(there.id, addressLine1="Calle Otra 9")
    came = desk.channel().fetch_order(there.id)
    save_orders([came], {ES: desk.store}, account=desk.account, now=clock.now())
    return explained_from(desk, desk.order_page(order), code)


@case("pre_order")
def it_must_not_leave_before_its_release(desk, code):
    order = bend(desk, programs=("PREORDER",), ship_from_at=clock.now() + timedelta(days=9))
    return explained_from(desk, desk.order_page(order), code)


@case("label_window")
def no_label_may_be_printed_yet(desk, code):
    order = bend(desk, label_from_at=clock.now() + timedelta(days=2))
    return explained_from(desk, desk.order_page(order), code)


def demanding(constraint):
    @case(constraint_problem(constraint))
    def the_carrier_must_do_something(desk, code):
        _, there = desk.bring()
        items = desk.channel().fetch_order(there.id).items
        order = bend(desk, items=tuple(changed(item, constraints=(constraint,)) for item in items))
        return explained_from(desk, desk.order_page(order), code)


for each in (*Constraint, "coldChain"):
    demanding(str(each))


@case("needs_buy_shipping")
def the_order_is_one_of_ship_plus(desk, code):
    order, _ = desk.bring("ship_plus")
    return explained_from(desk, desk.order_page(order), code)


@case("erased")
def the_buyer_was_erased(desk, code):
    order, _ = desk.bring()
    Order.objects.update(problems=["erased"], has_problems=True)
    return explained_from(desk, desk.order_page(order), code)


def explained_from(desk, page, code):
    """Follow the page's own link to the explanation."""
    url = f"/help/errors/{code}"
    assert f'href="{url}"' in page, "the page does not lead to the help"
    return desk.page(url)


# Stores and their settings.


@case("not_connected")
def an_import_of_an_ended_account(desk, code):
    SellerAccount.objects.update(status=SellerAccount.Status.EXPIRED)
    return text_of(desk.owner.post(f"/stores/{desk.store.pk}/import"))


@case("store_paused")
def an_import_of_a_paused_store(desk, code):
    desk.owner.post(f"/stores/{desk.store.pk}/pause")
    return text_of(desk.owner.post(f"/stores/{desk.store.pk}/import"))


@case("no_account")
def an_import_of_a_store_of_files(desk, code):
    store = add_file_store(desk.workspace, DE, name="Laden", actor="test", now=clock.now())
    return text_of(desk.owner.post(f"/stores/{store.pk}/import"))


SETTINGS = {
    "bad_history": OrderSettings(False, 999, ["", "", ""]),
    "source_twice": OrderSettings(False, 30, ["order_number", "order_number", ""]),
    "bad_hours": Telling("first_scan", 999),
}


@case(*SETTINGS)
def settings_that_cannot_be(desk, code):
    settings = SETTINGS[code]
    return desk.note(raised(change_store, desk.store, settings, actor="test", now=clock.now()))


PICTURES = {
    "logo_too_large": b"x" * (MOST_BYTES + 1),
    "logo_not_an_image": b"no picture",
    "logo_broken": picture(40, 40)[:45],
    "logo_too_many_pixels": picture(5000, 4000),
}


@case(*PICTURES)
def logos_that_cannot_be(desk, code):
    return desk.note(raised(logo_of, PICTURES[code]))


DUTIES = {
    "no_rule": ("XX", Entry(number="1")),
    "not_a_number": ("", Entry(number="?")),
    "number_or_behalf": ("", Entry(number="1", is_paid_on_behalf=True)),
    "not_on_behalf": ("", Entry(is_paid_on_behalf=True)),
    "expires_without_number": ("", Entry(expires_on=date(2030, 1, 1))),
}


@case(*DUTIES)
def duties_that_cannot_be(desk, code):
    country, entry = DUTIES[code]
    rule = next(rule for rule in rules_of("DE") if not rule.can_pay_on_behalf)
    where = (desk.workspace, country or "DE", rule.category, entry)
    return desk.note(raised(save_compliance, *where, actor="test", now=clock.now()))


@case("too_early", "no_consent", "same_secret", "no_token", "revoked_here")
def an_account_that_is_not_ready(desk, code):
    account, now = desk.fresh(), clock.now()
    application = account.application
    if code in ("no_token", "revoked_here"):
        SellerAccount.objects.update(refresh_token=None)
        account = desk.fresh()
    secret = desk.sandbox.application("demo").client_secret
    steps = {
        "too_early": lambda: renewed_at_amazon(account, actor="test", now=now),
        "no_consent": lambda: ask_renewal(
            account, Visitor("", "", ""), redirect_uri=CALLBACK, now=now
        ),
        "same_secret": lambda: save_secret(application, secret, actor="test", now=now),
        "no_token": lambda: save_secret(application, "another", actor="test", now=now),
        "revoked_here": lambda: open_channel(account),
    }
    return desk.note(raised(steps[code]))


@case("store_there")
def a_second_store_of_one_marketplace(desk, code):
    again = {"name": "Twice", "actor": "test", "now": clock.now()}
    return desk.note(raised(add_store, desk.fresh(), ES, **again))


@case("name_taken")
def two_stores_of_one_name(desk, code):
    form = ticks(DE, **{f"name_{DE}": "Amazon ES"})
    url = f"/stores/connect/{desk.account.pk}/marketplaces"
    return text_of(desk.owner.post(url, form))


@case("not_participating")
def a_marketplace_where_it_does_not_sell(desk, code):
    return text_of(desk.owner.post(f"/stores/connect/{desk.account.pk}/marketplaces", ticks(EG)))


# Connecting with keys.


@case("other_application", "other_seller", "other_region", "wrong_region", "no_marketplaces")
def keys_that_do_not_fit(desk, code):
    other = desk.sandbox.application("other")
    changes = {
        "other_application": {
            "client_id": other.client_id,
            "client_secret": other.client_secret,
        },
        "other_seller": {"seller_id": desk.sandbox.world.seller("wide").id},
        "other_region": {"country": "US"},
        "wrong_region": {},
        "no_marketplaces": {"seller": "individual", "country": "US"},
    }[code]
    if code == "wrong_region":
        desk.sandbox.set_roles("europe", [TRACKING])
    return text_of(desk.owner.post("/stores/connect/app", app_form(desk.sandbox, **changes)))


# Connecting through Amazon's consent.


def back(desk, url):
    return text_of(desk.owner.get(url, follow=True))


def state_of(url):
    return url.partition("state=")[2].partition("&")[0]


@case("consent_refused")
def cancelled_at_amazon(desk, code):
    return back(desk, agree(desk.sandbox, leave(desk.owner, desk.sandbox), decision="cancel"))


@case("code_refused")
def the_code_is_too_old(desk, code):
    return back(desk, agree(desk.sandbox, leave(desk.owner, desk.sandbox), code="expired"))


@case("state_unknown")
def an_answer_to_nothing(desk, code):
    return back(desk, "/stores/connect/callback?state=nobodys&spapi_oauth_code=x")


@case("state_used")
def the_answer_twice(desk, code):
    answer = agree(desk.sandbox, leave(desk.owner, desk.sandbox))
    desk.owner.get(answer)
    return back(desk, answer)


@case("state_old")
def the_answer_after_an_hour(desk, code):
    answer = agree(desk.sandbox, leave(desk.owner, desk.sandbox))
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        return back(desk, answer)


@case("state_of_other_session")
def the_answer_in_another_browser(desk, code):
    answer = agree(desk.sandbox, leave(desk.owner, desk.sandbox))
    AuthorizationAttempt.objects.update(session_hash="another")
    return back(desk, answer)


@case("answer_incomplete")
def the_answer_lacks_its_code(desk, code):
    state = state_of(leave(desk.owner, desk.sandbox))
    return back(desk, f"/stores/connect/callback?state={state}")


@case("consent_failed")
def amazon_sends_an_unknown_error(desk, code):
    state = state_of(leave(desk.owner, desk.sandbox))
    return back(desk, f"/stores/connect/callback?state={state}&error=MD4711")


@case("app_unavailable", "address_unknown")
def amazon_shows_its_own_error(desk, code):
    """Amazon shows its page; some of them send the seller back with the code as well."""
    said = {"app_unavailable": "MD1000", "address_unknown": "MD5101"}[code]
    demo = desk.sandbox.application("demo")
    url = leave(desk.owner, desk.sandbox)
    if code == "app_unavailable":
        desk.sandbox.grants.set_draft(demo.client_id, True)
        shown = httpx.get(url).text
        desk.sandbox.grants.set_draft(demo.client_id, False)
    else:
        shown = httpx.get(url.replace("callback", "elsewhere")).text
    assert said in shown
    return back(desk, f"/stores/connect/callback?state={state_of(url)}&error={said}")


@case("app_misconfigured")
def amazon_shows_an_error_that_does_not_come_back(desk, code):
    url = leave(desk.owner, desk.sandbox)
    demo = desk.sandbox.application("demo")
    form = {
        "application_id": demo.application_id,
        "redirect_uri": demo.redirect_uris[-1],
        "selling_partner_id": "nobody",
        "agree": "yes",
        "decision": "confirm",
    }
    assert "MD9100" in httpx.post(url, data=form).text
    return desk.page("/help/errors/MD9100")


@case("too_many_consents")
def fifty_consents_at_once(desk, code):
    leave(desk.owner, desk.sandbox)
    one = AuthorizationAttempt.objects.get()
    AuthorizationAttempt.objects.bulk_create(
        AuthorizationAttempt(
            **{f.attname: getattr(one, f.attname) for f in one._meta.fields}
            | {"state_hash": f"{number:064}"}
        )
        for number in range(authorizing.MOST_UNDER_WAY)
    )
    return text_of(desk.owner.post("/stores/connect/website", website_form(desk.sandbox)))


# The own queue at AWS.


def save_a_queue(desk, **changes):
    form = {"url": EXAMPLE, "key_id": KEY_ID, "secret": SECRET, **changes}
    return text_of(desk.owner.post(f"/stores/accounts/{desk.account.pk}/queue", form))


@case("not_a_queue", "no_queue", "queue_key_refused", "queue_busy", "queue_refused", "other_queue")
def a_queue_that_is_refused(desk, code):
    if code == "queue_busy":
        desk.sandbox.faults.arm("500", "callQueue", count=5)
    if code == "queue_refused":
        desk.refuse("callQueue", "Something else.")
    if code == "other_queue":
        save_a_queue(desk)
    changes = {
        "not_a_queue": {"url": "https://example.com/queue"},
        "no_queue": {"url": EXAMPLE.replace("packbench", "no")},
        "queue_key_refused": {"secret": "wrong"},
        "other_queue": {"url": f"{EXAMPLE}-2"},
    }
    return save_a_queue(desk, **changes.get(code, {}))


# Files.

FILES = {
    "wrong_report": b"sku\tasin\tprice\r\n1\t2\t3\r\n",
    "file_is_spreadsheet": b"PK\x03\x04 a packed file",
    "file_not_text": b"order-id\torder-item-id\x00\x01\x02\x00\x00",
    "file_empty": b"",
    "file_is_xml": b"<?xml version='1.0'?><orders/>",
    "file_is_web_page": b"<!doctype html><html><body>Sign in</body></html>",
    "file_has_commas": ",".join(COLUMNS).encode() + b"\r\n",
    "column_missing": "\t".join(COLUMNS[:6]).encode() + b"\r\n",
}


@case(*FILES)
def a_file_that_is_not_the_report(desk, code):
    store = add_file_store(desk.workspace, DE, name="Laden", actor="test", now=clock.now())
    file = SimpleUploadedFile("unshipped.txt", FILES[code] or b" ", "text/plain")
    return text_of(desk.owner.post(f"/stores/{store.pk}/report", {"report": file}))


@case("charset_unknown")
def a_report_of_another_alphabet(desk, code):
    japan = by_country("JP").id
    store = add_file_store(desk.workspace, japan, name="Mise", actor="test", now=clock.now())
    content = report().read() + b"\x81\x30\xff\xfe\x80\r\n"
    file = SimpleUploadedFile("unshipped.txt", content, "text/plain")
    return text_of(desk.owner.post(f"/stores/{store.pk}/report", {"report": file}))


@case("letters_not_in_charset")
def a_carrier_in_letters_that_the_file_lacks(desk, code):
    sent = Confirmation(
        order_id="402-1",
        marketplace_id=DE,
        package_reference="1",
        carrier_code="Other",
        carrier_name="ヤマト運輸",
        shipping_method="",
        tracking_number="1",
        shipped_at=clock.now(),
        items=(("1", 1),),
    )
    return desk.note(raised(write_confirmations, [sent], by_country("DE")))
