"""A seller's way through the sandbox, on real HTTP."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from packbench.channels.authorizing import Answer, Visitor, begin, finish
from packbench.channels.connecting import add_store, keep_application
from packbench.channels.models import Store
from packbench.channels.registry import open_channel
from packbench.lib import clock
from packbench.lib.marketplaces import by_country
from packbench.orders.importing import import_orders
from packbench.orders.weighing import weigh_products
from packbench_sandbox import Sandbox
from tests.making import make_workspace

CALLBACK = "http://127.0.0.1:8000/stores/connect/callback"


@pytest.fixture
def orders_per_store():
    return 12


@pytest.fixture
def sandbox(settings, orders_per_store):
    with Sandbox(seed=7, orders_per_store=orders_per_store, arrivals_per_hour=0) as running:
        running.application("demo").redirect_uris.append(CALLBACK)
        settings.SANDBOX_URL = running.url
        yield running


def consent(url, seller):
    """Tick, confirm, and return what Amazon's redirect carries."""
    page = httpx.get(url)
    assert page.status_code == 200, page.text
    fields = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    answer = httpx.post(
        url, data={**fields, "selling_partner_id": seller, "agree": "yes", "decision": "confirm"}
    )
    assert answer.is_redirect, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def connect(sandbox, *, country="ES", seller="europe", more=(), workspace=None):
    """Connect a seller through the consent page, with stores for more countries."""
    app = sandbox.application("demo")
    workspace = workspace or make_workspace()
    application = keep_application(
        workspace,
        app.client_id,
        app.client_secret,
        application_id=app.application_id,
        now=clock.now(),
    )
    visitor = Visitor(workspace_id=workspace.pk, person_id="per_test", session_key="session")
    url = begin(
        application,
        visitor,
        country=country,
        name=f"Amazon {country}",
        feedback=Store.Feedback.LABEL_CREATED,
        redirect_uri=CALLBACK,
        now=clock.now(),
    )
    carried = consent(url, sandbox.world.seller(seller).id)
    answer = Answer(
        state=carried["state"],
        seller_id=carried.get("selling_partner_id", ""),
        code=carried.get("spapi_oauth_code", ""),
    )
    store = finish(answer, visitor, now=clock.now())
    for other in more:
        add_store(
            store.account,
            by_country(other).id,
            name=f"Amazon {other}",
            actor="test",
            now=clock.now(),
        )
    return store


def import_everything(store):
    return import_orders(store.account, open_channel(store.account), clock=clock.now)


def weigh_everything(workspace):
    skus = workspace.products.values_list("sku", flat=True)
    weigh_products(workspace, dict.fromkeys(skus, 400), actor="test", now=clock.now())
    # Some parcels go to the Canary Islands.
    workspace.products.update(hs_code="420292", country_of_origin="ES")
