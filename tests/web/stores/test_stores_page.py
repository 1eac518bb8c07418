"""The list of stores and the page of one store."""

from datetime import timedelta

import pytest

from packbench.channels.connecting import add_file_store
from packbench.channels.models import ImportRun, SellerAccount, Skip, Store
from packbench.events.models import Event
from packbench.lib import clock
from tests.making import (
    DE,
    NOW,
    make_account,
    make_item,
    make_order,
    make_store,
)
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(workspace):
    return make_store(make_account(workspace))


@pytest.fixture
def queued(monkeypatch):
    """The imports that were asked for."""
    asked = []
    monkeypatch.setattr(
        "packbench.channels.settling.defer_once",
        lambda name, **arguments: asked.append((name, arguments["account_id"])),
    )
    return asked


def skip(store, number, reason):
    return Skip.objects.create(
        workspace=store.workspace,
        account=store.account,
        external_id=number,
        reason=reason,
        seen_at=clock.now(),
    )


def test_a_desk_without_stores_says_how_to_begin(owner, viewer):
    assert "/stores/connect" in text_of(owner.get("/stores"))
    assert "An owner of the workspace can connect one." in text_of(viewer.get("/stores"))


def test_the_list_shows_what_waits_and_what_is_wrong(owner, store):
    make_order(store)
    make_order(
        store, external_id="402-0000002-0000002", weight_g=None, items=(make_item(sku="NEW"),)
    )
    SellerAccount.objects.update(
        import_error={"text": "Amazon is busy.", "code": "throttled", "request_id": "amz-77"},
        withheld=["RECIPIENT"],
    )

    page = text_of(owner.get("/stores"))

    for words in ("A2SELLER", "Amazon ES", "Amazon is busy.", "amz-77", "RECIPIENT"):
        assert words in page
    assert 'data-label="Waiting">2<' in page
    assert 'data-label="With problems">1<' in page


def test_an_authorization_that_ends_soon_is_announced(owner, store):
    SellerAccount.objects.update(expires_at=clock.now() + timedelta(days=9))

    assert "Authorization ends in 9 days" in text_of(owner.get("/stores"))


def test_the_list_asks_the_same_number_of_questions_for_many_stores(
    owner, store, django_assert_max_num_queries
):
    for number in range(12):
        make_store(make_account(store.workspace, seller_id=f"A{number}"), name=f"S{number}")
        add_file_store(store.workspace, DE, name=f"F{number}", actor="test", now=clock.now())

    with django_assert_max_num_queries(20):
        owner.get("/stores")


def test_a_store_is_paused_and_resumed_and_reads_its_history_again(owner, store, queued):
    Store.objects.update(backfilled_at=clock.now())

    owner.post(f"/stores/{store.pk}/pause")
    store.refresh_from_db()
    assert store.is_paused

    owner.post(f"/stores/{store.pk}/resume")
    store.refresh_from_db()
    assert (store.is_paused, store.backfilled_at) == (False, None)
    assert queued == [("orders.import_account", store.account_id)]
    assert set(Event.objects.values_list("name", flat=True)) >= {"store.paused", "store.resumed"}


def test_import_now_makes_the_account_due(owner, store, queued):
    SellerAccount.objects.update(next_import_at=clock.now() + timedelta(hours=1))

    owner.post(f"/stores/{store.pk}/import")

    assert SellerAccount.objects.due_for_import(clock.now()).exists()
    assert queued == [("orders.import_account", store.account_id)]


def test_import_now_says_why_it_cannot(owner, store, queued):
    Store.objects.update(paused_at=clock.now())
    assert "Resume one, then import." in text_of(owner.post(f"/stores/{store.pk}/import"))

    SellerAccount.objects.update(status="expired")
    assert "Connect the account again" in text_of(owner.post(f"/stores/{store.pk}/import"))
    assert queued == []


def test_skipped_orders_are_filtered_and_paged(viewer, store):
    for number in range(120):
        skip(store, f"402-{number:03}", "digital" if number % 2 else "amazon_fulfilled")
    url = f"/stores/{store.pk}"

    first = viewer.get(url, {"reason": "digital"})
    older = viewer.get(url, {"reason": "digital", "before": first.context["older"]})

    numbers = [row.external_id for page in (first, older) for row in page.context["skips"]]
    assert numbers == [f"402-{number:03}" for number in range(119, 0, -2)]
    assert viewer.get(url, {"reason": "?", "before": "x"}).status_code == 200


def test_the_log_shows_what_each_import_brought(viewer, store):
    ImportRun.objects.create(
        workspace=store.workspace,
        account=store.account,
        started_at=clock.now(),
        finished_at=clock.now(),
        created_count=417,
    )

    assert ">417<" in text_of(viewer.get(f"/stores/{store.pk}"))


def test_the_first_import_counts_while_one_looks_and_then_rests(owner, workspace):
    store = make_store(make_account(workspace))
    make_order(store)

    page = text_of(owner.get(f"/stores/{store.pk}"))
    coming = owner.get(f"/stores/{store.pk}/log").content.decode()
    Store.objects.filter(pk=store.pk).update(backfilled_at=NOW)
    done = owner.get(f"/stores/{store.pk}/log").content.decode()

    assert "Coming in: 1 order so far" in page
    assert "every 2s" in coming
    assert "every 2s" not in done
    assert "Coming in" not in done
