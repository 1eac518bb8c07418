"""What Amazon records of each order is what went out: split, combined, re-shipped, corrected.

What is in a parcel is written down beside the tables, when it gets its label.
"""

import random
from datetime import timedelta

import pytest
import time_machine

from packbench.carriers.models import Warehouse
from packbench.carriers.registry import open_carrier
from packbench.channels.models import QuotaBucket, Store
from packbench.lib import clock
from packbench.orders.models import Order
from packbench.orders.models import Status as OrderStatus
from packbench.shipments import jobs
from packbench.shipments.coding import Codes, enter_codes
from packbench.shipments.combining import combine_orders
from packbench.shipments.correcting import Correction, correct_parcel
from packbench.shipments.models import Notice, Shipment, ShipmentItem
from packbench.shipments.planning import plan_parcel, plan_shipment
from packbench.shipments.scanning import record_scan
from packbench.shipments.splitting import Part, split_order
from packbench.shipments.voiding import void_label
from tests.flows.conftest import connect, import_everything, weigh_everything
from tests.making import make_means, make_warehouse

pytestmark = pytest.mark.django_db
HOME = {
    **dict.fromkeys(("addressLine2", "addressLine3", "companyName", "districtOrCounty"), ""),
    "addressLine1": "Calle de la Luna 14",
    "name": "Lucía Ferrer",
    "city": "Valencia",
    "stateOrRegion": "Valencia",
    "postalCode": "46001",
}


@pytest.fixture
def orders_per_store():
    return 0


class Bench:
    """A packer with a store, and the list of what really went out."""

    def __init__(self, sandbox, store):
        self.sandbox, self.store = sandbox, store
        self.sent = {}  # order number → {tracking number: {item: pieces}}

    def sell(self, *quantities, country="ES", traits=(), overrides=None):
        """An order at Amazon with so many pieces of each item."""
        there = self.sandbox.world.create_order(
            "europe", country=country, traits=list(traits), overrides=overrides
        )
        line = there.body["orderItems"][0]
        there.body["orderItems"] = [
            {**line, "orderItemId": f"{line['orderItemId'][:-2]}{place:02d}", "quantityOrdered": n}
            for place, n in enumerate(quantities, 1)
        ]
        return there.id

    def bring_in(self):
        self.sandbox.clock.advance(150)
        import_everything(self.store)
        weigh_everything(self.store.workspace)

    def order(self, number):
        return Order.objects.select_related("store").get(external_id=number)

    def buy(self, shipment):
        """Buy the label of a ready shipment, and put the pieces in the box."""
        jobs.buy(shipment.pk)
        row = Shipment.objects.with_order().get(pk=shipment.pk)
        assert row.tracking_number, row.problem
        for item in row.items.select_related("order_item__order"):
            box = self.sent.setdefault(item.order_item.order.external_id, {})
            inside = box.setdefault(row.tracking_number, {})
            inside[item.order_item.external_id] = item.quantity
        return row

    def label(self, draft):
        return self.buy(plan_parcel(draft, self.means, batch=None, actor="test", now=clock.now()))

    def ship(self, number):
        planned = plan_shipment(
            self.order(number), self.means, batch=None, actor="test", now=clock.now()
        )
        return self.buy(planned)

    def void(self, shipment):
        carrier = open_carrier(shipment.carrier_account)
        void_label(shipment, carrier, actor="test", now=clock.now())
        for box in self.sent.values():
            box.pop(shipment.tracking_number, None)

    def correct(self, shipment, number, carrier="GLS"):
        correct_parcel(
            Shipment.objects.get(pk=shipment.pk),
            Correction(number, carrier),
            actor="test",
            now=clock.now(),
        )
        for box in self.sent.values():
            if shipment.tracking_number in box:
                box[number] = box.pop(shipment.tracking_number)
        return Shipment.objects.with_order().get(pk=shipment.pk)

    def tell(self):
        jobs.send_notices(self.store.account_id)

    def tell_all(self):
        """Tell in a minute what the quota does not take now."""
        self.tell()
        self.sandbox.clock.advance(60)
        QuotaBucket.objects.all().delete()
        with time_machine.travel(clock.now() + timedelta(minutes=1)):
            self.tell()
        self.sandbox.clock.advance(120)  # its clock went back with the traveller

    @property
    def means(self):
        return make_means(self.store.workspace)

    def recorded(self):
        """The same list as Amazon has it."""
        return {number: self.packages(number) for number in self.sent}

    def packages(self, number):
        shown = self.sandbox.world.state(number).packages.values()
        return {
            package["trackingNumber"]: {
                item["orderItemId"]: item["quantity"] for item in package["packageItems"]
            }
            for package in shown
        }


@pytest.fixture
def bench(sandbox):
    return Bench(sandbox, connect(sandbox))


def pieces_of(order, *quantities):
    items = order.items.order_by("external_id")
    return {item.pk: n for item, n in zip(items, quantities, strict=True) if n}


def split(bench, number, *parts):
    order = bench.order(number)
    wanted = [Part(pieces_of(order, *quantities)) for quantities in parts]
    return split_order(order, wanted, bench.means, actor="test", now=clock.now())


def test_split_in_three_with_uneven_quantities(bench):
    number = bench.sell(5, 2)
    bench.bring_in()

    for part in split(bench, number, (3, 0), (1, 2), (1, 0)):
        bench.label(part)
        bench.tell()

    assert len(bench.sent[number]) == 3
    assert bench.recorded() == bench.sent
    assert bench.order(number).status == OrderStatus.SHIPPED


def test_a_split_whose_rest_goes_later_stays_partially_shipped_at_amazon_too(bench):
    number = bench.sell(4)
    bench.bring_in()
    first, *_ = split(bench, number, (1,), (3,))

    bench.label(first)
    bench.tell()
    bench.sandbox.clock.advance(600)

    assert bench.recorded() == bench.sent
    assert bench.sandbox.world.state(number).status == "PARTIALLY_SHIPPED"
    assert bench.order(number).status == OrderStatus.PARTIALLY_SHIPPED


def test_combined_from_four_orders_tells_each_its_own_pieces_under_one_number(bench):
    numbers = [bench.sell(*quantities) for quantities in ((1,), (2, 1), (3,), (1, 4))]
    for number in numbers:
        bench.sandbox.change_address(number, **HOME)
    bench.bring_in()

    draft = combine_orders(
        [bench.order(number) for number in numbers], bench.means, actor="test", now=clock.now()
    )
    bench.label(draft)
    bench.tell()

    assert len({tracking for box in bench.sent.values() for tracking in box}) == 1
    assert sorted(bench.sent) == sorted(numbers)
    assert bench.recorded() == bench.sent
    assert {bench.order(number).status for number in numbers} == {OrderStatus.SHIPPED}


def test_void_and_re_ship(bench):
    number = bench.sell(2, 1)
    bench.bring_in()
    first = bench.ship(number)
    bench.tell()
    bench.sandbox.clock.advance(600)

    bench.void(first)
    bench.ship(number)
    bench.tell()

    assert len(bench.sent[number]) == 1
    assert bench.recorded() == bench.sent


def test_one_of_two_parcels_is_voided_and_re_shipped(bench):
    number = bench.sell(3)
    bench.bring_in()
    one, two = (bench.label(part) for part in split(bench, number, (2,), (1,)))
    bench.tell()

    bench.void(one)
    bench.ship(number)
    bench.tell()

    assert sorted(sum(box.values()) for box in bench.sent[number].values()) == [1, 2]
    assert bench.recorded() == bench.sent
    assert two.tracking_number in bench.sent[number]


def test_corrected_twice(bench):
    number = bench.sell(1)
    bench.bring_in()
    shipment = bench.ship(number)
    bench.tell()

    for tracking in ("12345678901", "12345678902"):
        shipment = bench.correct(shipment, tracking)
        bench.tell()

    assert list(bench.sent[number]) == ["12345678902"]
    assert bench.recorded() == bench.sent


def test_first_scan_tells_at_the_scan_and_without_one_before_the_ship_by_time(bench):
    Store.objects.filter(pk=bench.store.pk).update(
        feedback=Store.Feedback.FIRST_SCAN, confirm_hours_before=4
    )
    scanned, unscanned = bench.sell(1), bench.sell(2)
    bench.bring_in()
    ship_by = clock.now() + timedelta(hours=20)
    Order.objects.update(ship_by_at=ship_by, due_at=ship_by)
    one = bench.ship(scanned)
    bench.ship(unscanned)
    bench.tell()
    assert bench.recorded() == {scanned: {}, unscanned: {}}

    record_scan(one, at=clock.now(), code="AC", actor="test", now=clock.now())
    bench.tell()
    assert bench.packages(scanned) == bench.sent[scanned]
    assert bench.packages(unscanned) == {}

    with time_machine.travel(ship_by - timedelta(hours=4, seconds=-1)):
        bench.tell()
        assert bench.recorded() == bench.sent


def test_transparency_codes_are_told_and_serial_numbers_are_kept(bench, sandbox):
    number = bench.sell(2, traits=["transparency"])
    bench.bring_in()
    codes = ["AZ" + "1" * 27, "ZA" + "2" * 27]
    bench.ship(number)
    notice = Notice.objects.select_related("store", "order").get()
    [item] = ShipmentItem.objects.all()

    enter_codes(notice, {item.pk: Codes(codes, ["SN-1", "SN-2"])}, actor="test", now=clock.now())
    bench.tell()

    [package] = sandbox.world.state(number).packages.values()
    assert package["packageItems"][0]["transparencyCodes"] == codes
    assert ShipmentItem.objects.get().serial_numbers == ["SN-1", "SN-2"]


def test_japanese_cash_on_delivery_is_told(sandbox):
    bench = Bench(sandbox, connect(sandbox, country="JP", seller="far-east"))
    there = sandbox.world.create_order("far-east", country="JP")
    bench.bring_in()
    make_warehouse(bench.store.workspace)
    Warehouse.objects.update(country="JP", postal_code="135-0000", city="Koto", state="Tokyo")
    paid = [{"method": "CashOnDelivery", "amount": "1200", "currency": "JPY"}]
    Order.objects.update(payments=paid)

    bench.ship(there.id)
    bench.tell()

    [entry] = sandbox.ledger.confirmations(there.id)
    assert entry["cod"] == "DirectPayment"


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_done_in_any_order_amazon_records_what_went_out(bench, seed):
    """Split, shipped, voided, corrected by chance, told now or later: the end is the same."""
    dice = random.Random(seed)
    numbers = [
        bench.sell(*(dice.randint(1, 4) for _ in range(dice.randint(1, 3)))) for _ in range(6)
    ]
    bench.bring_in()
    parcels = []
    for number in numbers:
        order = bench.order(number)
        total = [item.quantity for item in order.items.order_by("external_id")]
        if sum(total) > 1 and dice.random() < 0.6:
            first = [dice.randint(0, n) for n in total]
            first[0] = max(first[0], 1)
            if first == total:
                first[-1] -= 1
            rest = [n - m for n, m in zip(total, first, strict=True)]
            if any(first) and any(rest):
                parcels += [bench.label(part) for part in split(bench, number, first, rest)]
                continue
        parcels.append(bench.ship(number))
    for turn in range(12):
        deed = dice.random()
        place = dice.randrange(len(parcels))
        if deed < 0.4:
            number = f"{10**10 + seed * 1000 + turn:011d}"
            parcels[place] = bench.correct(parcels[place], number)
        elif deed < 0.6:
            old = parcels[place]
            bench.void(old)
            parcels[place] = bench.ship(old.order.external_id)
        else:
            bench.tell()
    bench.tell_all()

    assert bench.recorded() == bench.sent
