"""The seller's own queue on the account's page."""

import pytest

from packbench.channels.leads import HintQueue, Lead, Survey
from packbench.events.recording import record
from packbench.lib import clock
from packbench_sandbox.queueing import EXAMPLE, KEY_ID, SECRET
from tests.web.stores.consenting import text_of
from tests.web.stores.test_account_page import account, page_of  # noqa: F401

pytestmark = pytest.mark.django_db
FORM = {"url": EXAMPLE, "key_id": KEY_ID, "secret": SECRET}


def save(owner, account, **changes):  # noqa: F811
    answer = owner.post(page_of(account, "/queue"), {**FORM, **changes}, follow=True)
    return text_of(answer)


def test_a_queue_is_saved_and_its_secret_never_shown(owner, account):  # noqa: F811
    page = save(owner, account)

    assert "Listening" in page
    assert KEY_ID in page
    assert SECRET not in page
    assert SECRET.encode() not in bytes(HintQueue.objects.get().secret.ciphertext)
    again = save(owner, account, secret="")
    assert "Listening" in again


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "https://example.com/queue"}, "This is not the address of an SQS queue"),
        ({"secret": "wrong"}, "AWS does not accept this access key"),
        ({"secret": ""}, "This field is required"),
    ],
)
def test_a_queue_that_does_not_work_is_not_kept(owner, account, changes, words):  # noqa: F811
    page = save(owner, account, **changes)

    assert words in page
    assert SECRET not in page
    assert not HintQueue.objects.exists()


def test_a_queue_is_removed(owner, account):  # noqa: F811
    save(owner, account)

    page = text_of(owner.post(page_of(account, "/queue/remove"), follow=True))

    assert "Listening" not in page
    assert not HintQueue.objects.exists()


def test_the_store_shows_recounts_and_what_is_being_fetched(owner, account):  # noqa: F811
    now, store = clock.now(), account.stores.get()
    common = {"workspace_id": account.workspace_id, "account": account}
    Survey.objects.create(
        **common,
        purpose=Survey.Purpose.RECOUNT,
        since=now,
        until=now,
        next_try_at=now,
        started_at=now,
        finished_at=now,
        outcome=Survey.Outcome.READ,
        listed_count=412,
        missing_count=2,
    )
    Lead.objects.create(
        **common, external_id="402-1", why="gap", rank=0, ordered_at=now, noted_at=now
    )
    about = {"account_id": account.pk, "count": 2}
    record("orders.missed", account.workspace_id, actor="recount", now=now, **about)

    page = text_of(owner.get(f"/stores/{store.pk}"))

    assert "Amazon has 412 orders of the last days." in page
    assert "2 had been missed and were asked for." in page
    assert "1 order is being fetched by its number" in page
    history = text_of(owner.get(page_of(account)))
    assert "A recount found orders that the imports had missed." in history
