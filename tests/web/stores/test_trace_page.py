"""“Why is my order not here?”: one answer for each way that an order may be missing."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packbench.channels.base import OrderStatus
from packbench.channels.connecting import add_file_store
from packbench.channels.models import ImportRun, SellerAccount, Skip, Store
from packbench.lib import clock
from packbench.lib.errors import BadCredentials, NotFound, Rejected, Throttled
from packbench.orders import jobs
from packbench.orders.forgetting import forget_traces
from packbench.orders.holding import hold_order
from packbench.orders.inquiring import answer_inquiry, ask_amazon
from packbench.orders.models import Inquiry, Order
from packbench.orders.recognizing import recognize_number
from packbench.orders.shipping import mark_shipped, speak_for
from tests.making import (
    DE,
    ES,
    FR,
    NOW,
    make_account,
    make_channel_order,
    make_order,
    make_store,
)
from tests.web.stores.consenting import text_of

pytestmark = pytest.mark.django_db

NUMBER = "402-1234567-1234567"
PERSONAL = ("Lucía", "Ferrer", "Calle de la Luna", "600 000 000", "abc@marketplace")


@pytest.fixture
def store(workspace):
    """A store where all is well: the last import was just now."""
    row = make_store(make_account(workspace, marketplace_ids=(ES,)))
    healthy()
    return row


def healthy(**changes):
    now = clock.now()
    Store.objects.update(backfilled_at=now)
    fields = {
        "imported_at": now - timedelta(minutes=1),
        "next_import_at": now + timedelta(minutes=3),
    }
    SellerAccount.objects.update(**{**fields, **changes})


def trace(browser, number=NUMBER):
    return text_of(browser.get("/stores/trace", {"number": number}))


def skip(store, reason, marketplace_id=ES, number=NUMBER):
    return Skip.objects.create(
        workspace=store.workspace,
        account=store.account,
        external_id=number,
        marketplace_id=marketplace_id,
        reason=reason,
        seen_at=clock.now(),
    )


def answers(page):
    """The list of reasons, in their order, of a page that was never told of the order."""
    assert "Never seen here" in page
    return page[page.index("Never seen here") :]


# It is here.


def held(order):
    hold_order(order, reason="for Lucía Ferrer", actor="test", now=NOW)


def told(order):
    mark_shipped(order, actor="test", now=NOW)


def labeled(order):
    speak_for([(order.items.get().pk, 1)])
    Order.objects.update(status="shipped")


@pytest.mark.parametrize(
    ("changes", "then", "says", "tab"),
    [
        ({}, None, "It waits to be shipped.", "awaiting"),
        ({"weight_g": None}, None, "No weight.", "problems"),
        ({}, held, "It is on hold.", "hold"),
        ({"status": OrderStatus.AWAITING_PAYMENT}, None, "Its payment is pending", "all"),
        ({"programs": ("AMAZON_EASY_SHIP",)}, None, "No label is made here", "all"),
        ({"status": OrderStatus.CANCELLED}, None, "It was cancelled at Amazon.", "cancelled"),
        ({"status": OrderStatus.UNFULFILLABLE}, None, "calls it unfulfillable", "all"),
        ({"status": OrderStatus.SHIPPED}, None, "It was shipped elsewhere", "shipped"),
        ({}, told, "It was shipped from here, and Amazon was told.", "shipped"),
        ({}, labeled, "It was shipped with a label from here.", "shipped"),
    ],
)
def test_an_order_that_is_here_is_linked_and_its_place_explained(
    viewer, store, changes, then, says, tab
):
    order = make_order(store, external_id=NUMBER, **changes)
    if then:
        then(order)

    page = trace(viewer)

    assert "It is here" in page
    assert says in page
    assert f"/orders/{order.pk}" in page
    assert f"/orders?tab={tab}&q={NUMBER}" in page
    assert "Ask Amazon now" not in page


def test_an_order_is_found_by_the_sellers_own_id(viewer, store):
    order = make_order(store, seller_order_id="Tienda-77")

    page = text_of(viewer.post("/stores/trace", {"number": " tienda-77 "}))

    assert f"/orders/{order.pk}" in page


def test_no_buyer_is_ever_shown(viewer, store):
    held(make_order(store, external_id=NUMBER))

    page = trace(viewer)

    assert not [word for word in PERSONAL if word in page]


# It was skipped.


@pytest.mark.parametrize(
    ("reason", "marketplace_id", "changes", "says", "leads"),
    [
        ("amazon_fulfilled", ES, {}, "Import Amazon-fulfilled orders", "#settings"),
        (
            "amazon_fulfilled",
            ES,
            {"has_amazon_fulfilled": True},
            "comes in once Amazon has shipped it",
            "#settings",
        ),
        ("digital", ES, {}, "It has no physical product", ""),
        ("other_store", ES, {}, "It is imported through another store", ""),
        ("no_store", FR, {}, "has no store here", "/marketplaces?country=FR"),
        ("no_store", ES, {}, "There is one now", ""),
        ("other_channel", "", {}, "(multi-channel)", ""),
        ("unreadable", "", {}, "could not be read", ""),
    ],
)
def test_a_skipped_order_says_why_and_what_to_do(
    owner, store, reason, marketplace_id, changes, says, leads
):
    Store.objects.update(**({"name": "Amazon ES"} | changes))
    skip(store, reason, marketplace_id)

    page = trace(owner)

    assert "Seen, and not imported" in page
    assert str(Skip.Reason(reason).label) in page
    assert says in page
    assert leads in page
    assert "Ask Amazon now" in page


def test_every_reason_to_skip_has_its_sentence(viewer, store):
    for number, reason in enumerate(Skip.Reason.values):
        skip(store, reason, number=f"402-1234567-000000{number}")
        assert "Seen, and not imported" in trace(viewer, f"402-1234567-000000{number}")


def test_the_marketplace_of_a_skipped_order_is_kept(store):
    channel = Fake(make_channel_order(NUMBER, marketplace_id=FR))
    ask(store.workspace, channel)

    assert Skip.objects.get().marketplace_id == FR


# It was never seen.


def nothing_connected(store):
    Store.objects.all().delete()
    SellerAccount.objects.all().delete()


def ended(status):
    def end(store):
        SellerAccount.objects.update(
            status=status, ended_at=NOW, status_reason={"text": "The token is gone."}
        )

    return end


def without_stores(store):
    Store.objects.all().delete()


def paused(store):
    Store.objects.update(paused_at=NOW)


def overdue(store):
    healthy(next_import_at=clock.now() - timedelta(minutes=6))


def failing(store):
    healthy(import_error={"text": "Amazon is busy.", "code": "unavailable"})


def throttled(store):
    healthy(import_error={"text": "Wait.", "code": "throttled"})


def reading(store):
    Store.objects.update(backfilled_at=None)


def never_imported(store):
    healthy(imported_at=None)


def unticked(store):
    SellerAccount.objects.update(marketplace_ids=[ES, DE])


def on_files(store):
    row = add_file_store(store.workspace, DE, name="Amazon DE", actor="test", now=NOW)
    ImportRun.objects.create(workspace=store.workspace, store=row, started_at=NOW)


def well(store):
    """All is well here."""


REASONS = [
    (nothing_connected, "No store is connected", "/stores/connect"),
    (ended("expired"), "Amazon refuses the account", "/stores/connect"),
    (ended("revoked"), "The token is gone.", "/stores/connect"),
    (without_stores, "none of its marketplaces is a store here", "/marketplaces"),
    (paused, "The store Amazon ES is paused", "/stores/sto_"),
    (overdue, "is overdue: no worker seems to run", ""),
    (failing, "has stopped and is tried again. The reason: Amazon is busy.", "/stores"),
    (throttled, "waits for Amazon's quota", ""),
    (reading, "The history of Amazon ES is still being read.", ""),
    (never_imported, "No import of seller A2SELLER has been completed yet.", ""),
    (unticked, "also sells on Amazon DE", "/marketplaces?country=DE"),
    (on_files, "The orders of Amazon DE come with its next report", "/stores/sto_"),
    (well, "younger than the last complete import of seller A2SELLER", ""),
    (well, "It may be pending at Amazon", ""),
    (well, "older than the 30 days of history", "#settings"),
    (well, "Connected: A2SELLER (EU).", ""),
    (well, "The number may be mistyped.", ""),
]


@pytest.mark.parametrize(("arrange", "says", "leads"), REASONS)
def test_each_reason_that_may_explain_a_missing_order_is_told(owner, store, arrange, says, leads):
    arrange(store)

    found = answers(trace(owner))

    assert says in found
    assert leads in found


@pytest.mark.parametrize(("arrange", "says", "leads"), REASONS[:12])
def test_a_reason_that_does_not_hold_is_not_told(owner, store, arrange, says, leads):
    assert says not in answers(trace(owner))


def test_what_stops_orders_comes_before_what_may_be(owner, store):
    unticked(store)
    paused(store)

    found = answers(trace(owner))

    places = [
        found.index(words)
        for words in ("is paused", "also sells on", "may be pending", "may be mistyped")
    ]
    assert places == sorted(places)


def test_the_longest_history_cannot_be_widened(owner, store):
    Store.objects.update(history_days=90)

    found = answers(trace(owner))

    assert "older than the 90 days" in found
    assert "#settings" not in found


def test_only_an_owner_is_led_to_what_only_owners_may(viewer, store):
    unticked(store)

    found = answers(trace(viewer))

    assert "also sells on Amazon DE" in found
    assert "/marketplaces" not in found
    assert "Ask Amazon now" not in found


def test_an_order_of_another_workspace_was_never_seen(owner, stranger, store):
    foreign = make_store(make_account(seller_id="A3OTHER"), name="Elsewhere ES")
    make_order(foreign, external_id=NUMBER, seller_order_id="T-1")
    skip(foreign, "digital", number="402-7654321-7654321")
    Inquiry.objects.create(
        workspace=foreign.workspace,
        external_id=NUMBER,
        asked_by="per_x",
        asked_at=NOW,
        finished_at=NOW,
        account_ids=[foreign.account.pk],
        answers={foreign.account.pk: {"code": "saved", "text": "Their answer."}},
    )

    for browser in (owner, stranger):
        for number in (NUMBER, "T-1", "402-7654321-7654321"):
            page = trace(browser, number)
            assert "Never seen here" in page
            for theirs in ("A3OTHER", "Elsewhere ES", "Their answer."):
                assert theirs not in page


# Whatever is pasted.


@pytest.mark.parametrize(
    "pasted",
    [
        NUMBER,
        f"  {NUMBER}\n",
        "402 1234567 1234567",
        "40212345671234567",
        f"Order ID: # {NUMBER} (Amazon.es) for Lucía Ferrer",
        "402–1234567–1234567",
        "402\u20111234567\u20111234567\u200b",
        "４０２-１２３４５６７-１２３４５６７",
        f"https://sellercentral.amazon.es/orders-v3/order/{NUMBER}?x=1",
    ],
)
def test_the_number_is_found_in_what_was_pasted_and_goes_on_alone(viewer, store, pasted):
    answer = viewer.post("/stores/trace", {"number": pasted})

    assert answer.headers["location"] == f"/stores/trace?number={NUMBER}"


@pytest.mark.parametrize("pasted", ["", "Lucía Ferrer", "…", "%", "402-1 is gone"])
def test_what_is_no_number_is_answered_with_a_sentence_and_no_address(viewer, store, pasted):
    answer = viewer.post("/stores/trace", {"number": pasted})

    assert answer.status_code == 200
    assert "Enter an Amazon order number such as 402-1234567-1234567" in text_of(answer)


def test_a_number_with_a_missing_digit_is_told_apart(viewer, store):
    found = answers(trace(viewer, "402-1234567-123456"))

    assert found.index("This is no Amazon order number") < found.index("It may be")
    assert "Ask Amazon now" not in found


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(pasted=st.one_of(st.text(max_size=300), st.from_regex(r"[0-9\s-]{0,30}", fullmatch=True)))
def test_no_junk_breaks_the_page(viewer, store, pasted):
    pasted = pasted.encode("utf-8", "ignore").decode()  # as a browser can send it

    posted = viewer.post("/stores/trace", {"number": pasted})
    got = viewer.get("/stores/trace", {"number": pasted})

    assert posted.status_code in (200, 302)
    assert got.status_code == 200


@settings(max_examples=100, deadline=None)
@given(junk=st.text(max_size=60), tail=st.text(max_size=60))
def test_a_number_between_spaces_is_always_found(junk, tail):
    words = "".join(letter for letter in junk if not letter.isnumeric())

    found = recognize_number(f"{words} {NUMBER} {tail}")

    assert found is not None
    assert found.text == NUMBER


# Amazon is asked.


class Fake:
    """A seller account at Amazon: gives the order, or raises."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def fetch_order(self, order_id):
        self.asked.append(order_id)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def ask(workspace, *channels, now=None):
    """Ask, each channel for one account in turn, and answer at once."""
    moment = now or clock.now()
    inquiry = ask_amazon(workspace, recognize_number(NUMBER), actor="per_x", now=moment)
    opened = dict(zip(inquiry.account_ids, channels, strict=True))
    answer_inquiry(inquiry.pk, lambda account: opened[account.pk], clock=lambda: moment)
    return Inquiry.objects.get(pk=inquiry.pk), opened


UNKNOWN = NotFound("Unknown.", code="not_found", request_id="amz-1")


def test_asking_is_a_press_on_a_button_and_the_page_looks_until_all_have_answered(
    packer, viewer, store
):
    assert "Ask Amazon now" in trace(packer)
    assert viewer.post("/stores/trace/ask", {"number": NUMBER}).status_code == 403

    answer = packer.post("/stores/trace/ask", {"number": NUMBER}, follow=True)

    assert 'hx-trigger="every 1s"' in text_of(answer)
    assert "Amazon is being asked: 0 of 1" in text_of(answer)
    answer_inquiry(Inquiry.objects.get().pk, lambda account: Fake(UNKNOWN), clock=clock.now)
    fragment = packer.get("/stores/trace", {"number": NUMBER}, headers={"HX-Request": "true"})
    assert "<html" not in text_of(fragment)
    assert "every 1s" not in text_of(fragment)
    assert "None of your accounts has this order" in text_of(fragment)
    assert "amz-1" in text_of(fragment)


def test_an_order_that_amazon_has_comes_in(owner, store):
    ask(store.workspace, Fake(make_channel_order(NUMBER)))

    page = trace(owner)

    assert "It is here" in page
    assert "Amazon has it, and it is here now." in page
    assert Inquiry.objects.get().finished_at is not None


def test_the_accounts_are_asked_in_turn_until_one_has_it(workspace, owner):
    accounts = [make_account(workspace, seller_id=f"A{n}SELLER") for n in range(3)]
    for number, account in enumerate(accounts):
        make_store(account, name=f"S{number}")

    inquiry, opened = ask(workspace, Fake(UNKNOWN), Fake(make_channel_order(NUMBER)), Fake(UNKNOWN))

    asked = [len(opened[account_id].asked) for account_id in inquiry.account_ids]
    assert asked == [1, 1, 0]
    assert "Not asked: another account had it." in trace(owner)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"is_ours_to_ship": False}, "Import Amazon-fulfilled orders"),
        ({"marketplace_id": FR}, "Add a store for it"),
        ({"recipient": None}, "It has no physical product"),
        ({"is_from_channel": False}, "(multi-channel)"),
    ],
)
def test_an_order_that_is_not_imported_says_so(owner, store, order, says):
    ask(store.workspace, Fake(make_channel_order(NUMBER, **order)))

    page = trace(owner)

    assert "Amazon has it, but it is not imported:" in page
    assert says in page
    assert "Seen, and not imported" in page


def test_an_order_without_its_address_is_not_taken_for_digital(owner, store):
    SellerAccount.objects.update(withheld=["RECIPIENT"])

    ask(store.workspace, Fake(make_channel_order(NUMBER, recipient=None)))

    assert Order.objects.get().problems == ["missing_role", "missing_weight"]


def test_what_amazon_refuses_is_told_with_its_number(owner, store):
    refusal = Rejected("No role.", code="access_denied", request_id="amz-9")

    ask(store.workspace, Fake(refusal))

    page = trace(owner)
    assert "No role." in page
    assert "amz-9" in page


def test_an_authorization_that_ended_is_noticed(owner, store):
    ask(store.workspace, Fake(BadCredentials("Ended.", code="authorization_ended")))

    assert "Amazon refuses the account" in trace(owner)
    assert SellerAccount.objects.get().status != SellerAccount.Status.ACTIVE


def test_an_empty_quota_is_waited_for_and_the_question_put_again(owner, store):
    busy = Throttled("Wait %(s)s s.", code="throttled", retry_after=30, s=30)
    channel = Fake(busy, make_channel_order(NUMBER))
    now = clock.now()
    inquiry, _ = ask(store.workspace, channel, now=now)
    assert inquiry.next_try_at == now + timedelta(seconds=30)
    assert "Wait 30 s." in trace(owner)

    later = now + timedelta(seconds=31)
    answer_inquiry(inquiry.pk, lambda account: channel, clock=lambda: later)

    assert Order.objects.get().external_id == NUMBER
    assert "It is here" in trace(owner)


def test_after_ten_minutes_an_inquiry_gives_up(owner, store):
    busy = Throttled("Wait.", code="throttled", retry_after=3600)
    now = clock.now()
    inquiry, _ = ask(store.workspace, Fake(busy), now=now)
    assert inquiry.next_try_at == now + timedelta(minutes=10)

    later = now + timedelta(minutes=11)
    answer_inquiry(inquiry.pk, lambda account: Fake(busy), clock=lambda: later)

    assert Inquiry.objects.get().finished_at == later
    assert "No answer within ten minutes." in trace(owner)


def test_an_inquiry_whose_worker_died_is_taken_up_again(store, monkeypatch):
    busy = Throttled("Wait.", code="throttled", retry_after=1)
    inquiry, _ = ask(store.workspace, Fake(busy), now=clock.now() - timedelta(minutes=1))
    queued = []
    monkeypatch.setattr(jobs, "defer_once", lambda name, **named: queued.append((name, named)))

    jobs.sweep(0)

    assert ("orders.inquire", {"inquiry_id": inquiry.pk}) in queued


def test_only_one_worker_asks(store):
    class Second(Fake):
        def fetch_order(self, order_id):
            answer_inquiry(Inquiry.objects.get().pk, lambda account: self, clock=clock.now)
            return super().fetch_order(order_id)

    _, opened = ask(store.workspace, Second(make_channel_order(NUMBER)))

    assert [len(channel.asked) for channel in opened.values()] == [1]


def test_pressing_twice_asks_once(packer, store):
    for _ in range(2):
        packer.post("/stores/trace/ask", {"number": NUMBER})

    assert Inquiry.objects.count() == 1


def test_questions_are_bounded(packer, store):
    for number in range(21):
        answer = packer.post("/stores/trace/ask", {"number": f"402-1234567-12345{number:02}"})

    assert Inquiry.objects.count() == 20
    assert "20 questions wait for Amazon already." in text_of(answer)


@pytest.mark.parametrize(
    ("number", "says"),
    [("T-1", "Amazon can be asked for its own order numbers only"), ("?!", "Enter an Amazon")],
)
def test_amazon_is_asked_for_its_own_numbers_only(packer, store, number, says):
    assert says in text_of(packer.post("/stores/trace/ask", {"number": number}))
    assert not Inquiry.objects.exists()


def test_without_an_account_nobody_is_asked(packer, workspace):
    assert "Ask Amazon now" not in trace(packer)
    page = text_of(packer.post("/stores/trace/ask", {"number": NUMBER}))
    assert "No seller account is connected that could be asked." in page


def test_another_workspaces_accounts_are_not_asked(store):
    elsewhere = make_store(make_account(seller_id="A3OTHER"))

    inquiry, _ = ask(store.workspace, Fake(UNKNOWN))

    assert elsewhere.account.pk not in inquiry.account_ids
    assert inquiry.account_ids == [store.account.pk]


def test_what_a_trace_needs_is_not_kept_for_ever(store):
    now = clock.now()
    skip(store, "digital")
    ask(store.workspace, Fake(UNKNOWN))

    assert forget_traces(now=now + timedelta(days=29)) == 0
    assert forget_traces(now=now + timedelta(days=31)) == 1
    assert forget_traces(now=now + timedelta(days=181)) == 1
    assert not Skip.objects.exists()


# The way there.


def test_the_trace_is_linked_where_an_order_is_missed(owner, store):
    pages = {
        "/stores": 'href="/stores/trace"',
        f"/stores/{store.pk}": 'action="/stores/trace"',
        f"/orders?tab=all&q={NUMBER}": f'href="/stores/trace?number={NUMBER}"',
        "/orders?tab=all&q=nothing": 'href="/stores/trace"',
    }
    for url, link in pages.items():
        assert link in text_of(owner.get(url)), url


def test_a_trace_asks_the_same_number_of_questions_for_many_accounts(
    owner, workspace, django_assert_max_num_queries
):
    for number in range(12):
        account = make_account(workspace, seller_id=f"A{number}SELLER")
        make_store(account, ES, f"ES {number}")
        make_store(account, DE, f"DE {number}")

    with django_assert_max_num_queries(20):
        trace(owner)
