"""Feeding: one feed tells of many parcels; lost answers, aborted feeds, refusals, corrections."""

from datetime import UTC, datetime, timedelta

import pytest

from packbench.orders.models import Order
from packbench.orders.models import Status as OrderStatus
from packbench.shipments import feeding
from packbench.shipments.correcting import Correction, correct_parcel
from packbench.shipments.models import Notice, NoticeAttempt, NoticeFeed, Shipment
from packbench.shipments.verifying import verify_notices
from packbench_sandbox import Sandbox
from tests.proofs.telling import Town, verdict, without_nudges

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
LATER = START + timedelta(hours=20)
NUMBER, OTHER = "11111111111111", "22222222222222"


@pytest.fixture
def sandbox():
    with Sandbox(
        seed=7, clock=START.timestamp(), orders_per_store=0, arrivals_per_hour=0
    ) as running:
        yield running


@pytest.fixture
def town(sandbox):
    with without_nudges():
        yield Town(sandbox, accounts=1)


@pytest.fixture
def desk(town, monkeypatch):
    """A desk whose single calls are so rare that everything goes in a feed."""
    [desk] = town.desks
    town.sandbox.throttle.override("confirmShipment", 0.001, 1)
    throttle = desk.channel._client._throttle
    throttle._buckets.take(f"{throttle._account}:confirmShipment", rate=0.001, burst=1)
    throttle._buckets.learn(f"{throttle._account}:confirmShipment", rate=0.001)
    return desk


def ship(desk, count=3, quantities=(2,)):
    numbers = desk.sell_many([list(quantities)] * count, ship_by_at=LATER)
    return desk.label_many([(number, None) for number in numbers])


def begin(desk):
    feed = feeding.begin_feed(desk.account, desk.channel, now=desk.town.now)
    return NoticeFeed.objects.select_related("account").get(pk=feed.pk)


def carry_on(desk, *, minutes=10):
    """Do the steps as they come due, for so long."""
    until = desk.town.now + timedelta(minutes=minutes)
    while desk.town.now < until:
        desk.carry_feeds_on()
        times = desk.feed_times()
        if not times:
            return
        desk.town.pass_until(max(min(times), desk.town.now + timedelta(seconds=1)))


def call_freely(desk):
    desk.town.sandbox.throttle.override("confirmShipment", 1000, 1000)
    throttle = desk.channel._client._throttle
    throttle._buckets.learn(f"{throttle._account}:confirmShipment", rate=1000)
    desk.town.sandbox.clock.advance(60)


def shown(desk, number):
    """What Amazon shows of an order: (reference, tracking number, items) of each package."""
    packages = desk.town.sandbox.world.state(number).packages.values()
    return [
        (
            package["packageReferenceId"],
            package["trackingNumber"],
            {item["orderItemId"]: item["quantity"] for item in package["packageItems"]},
        )
        for package in packages
    ]


def statuses():
    return sorted(Notice.objects.values_list("status", flat=True))


def exactly(town):
    found = verdict(town)
    names = ("never_told", "told_twice", "wrong_order", "wrong_items", "of_nobody", "throttled")
    return {name: found[name] for name in names} == dict.fromkeys(names, 0)


def test_many_parcels_are_told_in_one_feed_and_their_orders_are_shipped(desk, town):
    ship(desk, 5)

    feed = begin(desk)
    assert set(statuses()) == {"sending"}
    carry_on(desk)

    feed.refresh_from_db()
    assert (feed.status, feed.count, feed.refused_count) == ("finished", 5, 0)
    assert set(statuses()) == {"accepted"}
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.SHIPPED}
    assert set(NoticeAttempt.objects.values_list("outcome", flat=True)) == {"accepted"}
    assert exactly(town)


def test_a_row_that_amazon_refuses_is_its_own_notices_refusal(desk, town):
    good, bad, _ = ship(desk, 3)
    town.sandbox.cancel_order(bad.order.external_id)

    begin(desk)
    carry_on(desk)

    refused = Notice.objects.get(shipment=bad)
    assert (refused.status, refused.problem["code"]) == ("failed", "order_closed")
    assert refused.problem["request_id"] == NoticeFeed.objects.get().remote_id
    assert Notice.objects.get(shipment=good).status == "accepted"
    assert NoticeFeed.objects.get().refused_count == 1


@pytest.mark.parametrize("kind", ["lost_answer", "500_after", "cut"])
def test_a_lost_answer_is_looked_up_and_the_feed_is_never_made_twice(desk, town, kind):
    ship(desk, 4)
    town.sandbox.faults.arm(kind, "createFeed")

    begin(desk)
    carry_on(desk)

    assert town.sandbox.ledger.count("feed.created") == 1
    assert NoticeFeed.objects.get().status == "finished"
    assert exactly(town)


def test_a_call_that_never_got_there_is_made_again_after_the_quarantine(desk, town):
    ship(desk, 4)
    town.sandbox.faults.arm("timeout", "createFeed", seconds=0.1)

    begin(desk)
    carry_on(desk)

    assert town.sandbox.ledger.count("feed.created") == 1
    assert NoticeFeed.objects.get().status == "finished"
    assert exactly(town)


def test_of_two_feeds_none_takes_the_others_place_when_answers_get_lost(desk, town):
    """As many parcels in each: Amazon's list says nothing else of what is in a feed."""
    ship(desk, 4)
    town.sandbox.faults.arm("timeout", "createFeed", seconds=0.1)  # it never got there
    first = begin(desk)
    feeding.carry_on(first, desk.channel, clock=town.clock)
    ship(desk, 4)
    town.sandbox.faults.arm("lost_answer", "createFeed")
    begin(desk)

    carry_on(desk, minutes=30)

    assert [feed.status for feed in NoticeFeed.objects.all()] == ["finished", "finished"]
    assert town.sandbox.ledger.count("feed.created") == 2
    assert exactly(town)


def test_feeds_of_another_program_are_not_taken_for_ours(desk, town):
    """Two feeds that nobody knows: which is ours? Each parcel is looked up before it is told."""
    ship(desk, 4)
    town.sandbox.faults.arm("lost_answer", "createFeed")
    feed = begin(desk)
    feeding.carry_on(feed, desk.channel, clock=town.clock)
    other = desk.channel.upload_feed([])
    desk.channel.create_feed(other, (desk.store.marketplace_id,))

    carry_on(desk)
    call_freely(desk)
    town.run([(town.now, lambda: [0])], until=town.now + timedelta(hours=1))

    assert NoticeFeed.objects.get().status == "released"
    assert set(statuses()) == {"accepted"}
    assert exactly(town)


@pytest.mark.parametrize("ending", ["fatal", "cancelled"])
def test_what_an_aborted_feed_did_is_looked_up_and_the_rest_is_told_singly(desk, town, ending):
    ship(desk, 4)
    town.sandbox.faults.arm(ending, "processFeed")

    begin(desk)
    carry_on(desk)
    call_freely(desk)
    town.run([(town.now, lambda: [0])], until=town.now + timedelta(hours=1))

    assert set(statuses()) == {"accepted"}
    assert exactly(town)


@pytest.mark.parametrize(
    "operation", ["createFeedDocument", "uploadFeed", "createFeed", "getFeed", "getFeedDocument",
                  "downloadFeedReport"]
)  # fmt: skip
def test_a_fault_of_any_step_is_tried_again(desk, town, operation):
    ship(desk, 3)
    town.sandbox.faults.arm("503_html", operation, count=2)

    begin(desk)
    carry_on(desk, minutes=60)

    assert NoticeFeed.objects.get().status == "finished"
    assert exactly(town)


def test_feeds_that_amazon_denies_are_given_up_and_single_calls_go_on(desk, town):
    ship(desk, 3)
    town.sandbox.faults.arm("refused", "createFeed", status=403, code="Unauthorized")

    begin(desk)
    carry_on(desk)

    assert NoticeFeed.objects.get().status == "released"
    assert set(statuses()) == {"pending"}
    assert feeding.begin_feed(desk.account, desk.channel, now=town.now) is None
    call_freely(desk)
    town.run([(town.now, lambda: [0])], until=town.now + timedelta(hours=1))
    assert exactly(town)


@pytest.mark.parametrize("step", range(8))
def test_a_worker_that_dies_at_any_step_of_a_feed_leaves_one_feed(desk, town, step, monkeypatch):
    ship(desk, 3)
    feed = begin(desk)
    calls = iter(range(100))

    class Killed(BaseException):
        pass

    def dying(does):
        def call(*given, **named):
            if next(calls) == step:
                raise Killed
            result = does(*given, **named)
            if next(calls) == step:
                raise Killed
            return result

        return call

    with monkeypatch.context() as patched:
        for name in ("upload_feed", "create_feed", "look_at_feed", "fetch_feed_report"):
            patched.setattr(desk.channel, name, dying(getattr(desk.channel, name)))
        try:
            for _ in range(60):
                feed = NoticeFeed.objects.select_related("account").get(pk=feed.pk)
                feeding.carry_on(feed, desk.channel, clock=town.clock)
                town.sandbox.clock.advance(5)
        except Killed:
            pass
    carry_on(desk, minutes=30)
    town.sandbox.clock.advance(130)
    carry_on(desk, minutes=30)

    assert town.sandbox.ledger.count("feed.created") == 1
    assert NoticeFeed.objects.get().status == "finished"
    assert exactly(town)


def test_a_correction_of_a_fed_parcel_edits_amazons_package(desk, town):
    """Amazon gave it a number of its own: it is learnt from what Amazon shows."""
    [shipment] = ship(desk, 1)
    ship(desk, 2)
    begin(desk)
    carry_on(desk)
    call_freely(desk)

    correction = Correction(OTHER, "DPD")
    correct_parcel(Shipment.objects.get(pk=shipment.pk), correction, actor="test", now=town.now)
    town.run([(town.now, lambda: [0])], until=town.now + timedelta(hours=1))

    [(reference, number, _)] = shown(desk, shipment.order.external_id)
    assert number == OTHER
    notice = Notice.objects.get(shipment=shipment)
    assert (notice.package_reference, notice.is_fed) == (reference, False)
    assert notice.status == "accepted"


def test_a_correction_while_the_feed_is_under_way_is_told_after_it(desk, town):
    [shipment] = ship(desk, 1)
    ship(desk, 2)
    feed = begin(desk)
    feeding.carry_on(feed, desk.channel, clock=town.clock)

    correction = Correction(OTHER, "DPD")
    correct_parcel(Shipment.objects.get(pk=shipment.pk), correction, actor="test", now=town.now)
    carry_on(desk)
    call_freely(desk)
    town.run([(town.now, lambda: [0])], until=town.now + timedelta(hours=1))

    assert [each[1] for each in shown(desk, shipment.order.external_id)] == [OTHER]
    kinds = town.sandbox.ledger.confirmations(shipment.order.external_id)
    assert [entry["kind"] for entry in kinds] == ["shipment.confirmed", "shipment.edited"]


def test_the_next_import_verifies_a_fed_parcel_and_learns_its_number(desk, town):
    [shipment] = ship(desk, 1)
    ship(desk, 2)
    begin(desk)
    carry_on(desk)
    order = desk.channel.fetch_order(shipment.order.external_id)
    Order.objects.filter(pk=shipment.order_id).update(
        packages=[
            {
                "reference": package.reference,
                "tracking_number": package.tracking_number,
                "status": package.status,
                "items": [list(each) for each in package.items],
            }
            for package in order.packages
        ]
    )
    desk.store.polled_at = town.now + timedelta(minutes=5)
    desk.store.save(update_fields=["polled_at"])

    verify_notices(now=town.now + timedelta(minutes=5))

    notice = Notice.objects.get(shipment=shipment)
    assert notice.verified_at is not None
    assert notice.package_reference == order.packages[0].reference


def test_few_parcels_are_told_by_single_calls(town):
    [desk] = town.desks
    ship(desk, 5)

    assert feeding.begin_feed(desk.account, desk.channel, now=town.now) is None
