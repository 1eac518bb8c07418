"""What happens to the orders of `tests.proofs.lives`, written down in the database.

All come in by `save_orders`. What becomes of their parcels goes through the verbs of a desk for
some; for the others the same rows are written in bulk, followed by the real `set_clocks` under
the orders' locks, as the verbs do it.
"""

import os
import time
from collections import Counter, defaultdict
from datetime import timedelta

PAGE = 500  # orders that come in at once
FILE_BYTES = 500  # of a label that is written in bulk


class World:
    """Lets the lives happen in the database, moment by moment."""

    def __init__(self, lives, *, real):
        from tests.making import make_means, make_store
        from tests.shipments.faking import FakeCarrier

        self.lives, self.real = lives, set(range(0, len(lives), real))
        self.store = make_store()
        self.means = {
            is_tracked: make_means(self.store.workspace, "tracked" if is_tracked else "standard")
            for is_tracked in (True, False)
        }
        self.carrier, self.took = FakeCarrier(), Counter()
        self.ids, self.numbers = {}, {}  # of the orders, by the number of the life, and back
        self.moments = defaultdict(lambda: defaultdict(list))
        for number, life in enumerate(lives):
            for at, what in life.happenings():
                self.moments[at][what].append(number)
        self.next = sorted(self.moments, reverse=True)
        _track_some()

    def live_until(self, second):
        """Let happen what happens until then, moment by moment, many at once."""
        from tests.making import NOW

        while self.next and self.next[-1] <= second:
            at = self.next.pop()
            for what, numbers in self.moments.pop(at).items():
                now, began = NOW + timedelta(seconds=at), time.perf_counter()
                getattr(self, what)(numbers, now)
                self.took[what] += time.perf_counter() - began

    def imported(self, numbers, now):
        from packbench.orders.models import Order
        from packbench.orders.saving import save_orders
        from tests.making import ES, make_channel_order

        for start in range(0, len(numbers), PAGE):
            some = numbers[start : start + PAGE]
            page = [make_channel_order(f"402-{number}") for number in some]
            saved = save_orders(page, {ES: self.store}, account=self.store.account, now=now)
            known = {row.external_id: row.pk for row in saved.created}
            for number in some:
                self.ids[number] = known[f"402-{number}"]
                self.numbers[self.ids[number]] = number
        weighed = Order.objects.filter(pk__in=[self.ids[number] for number in numbers])
        weighed.update(weight_g=300, is_weight_given=True, problems=[], has_problems=False)

    def bought(self, numbers, now):
        from packbench.orders.models import Order

        pks = [self.ids[number] for number in numbers]
        gone = Order.objects.filter(pk__in=pks, erased_at__isnull=False)
        assert not gone.exists(), "An order was erased before its label was bought."
        for number in self.real.intersection(numbers):
            self._buy(number, now)
        self._buy_many([number for number in numbers if number not in self.real], now)

    def _buy(self, number, now):
        from packbench.orders.models import Order
        from packbench.shipments.buying import buy_label
        from packbench.shipments.models import Shipment
        from packbench.shipments.planning import plan_shipment

        order = Order.objects.get(pk=self.ids[number])
        means = self.means[self.lives[number].is_tracked]
        shipment = plan_shipment(order, means, batch=None, actor="proof", now=now)
        buy_label(Shipment.objects.with_order().get(pk=shipment.pk), self.carrier, now=now)

    def _buy_many(self, numbers, now):
        """The rows that a purchase leaves: a parcel, its label, and its file, really sealed."""
        from django.db import transaction

        from packbench.database.copying import copy_rows
        from packbench.shipments.expiring import set_clocks

        with transaction.atomic():
            orders = self._locked(numbers)
            shipments = [self._parcel(self.numbers[order.pk], order, now) for order in orders]
            labels = [_label(row, now) for row in shipments]
            for rows in (shipments, labels, [_document(label, now) for label in labels]):
                copy_rows(rows)
            set_clocks([order.pk for order in orders], now=now)

    def _locked(self, numbers):
        from packbench.orders.models import Order

        rows = Order.objects.filter(pk__in=[self.ids[number] for number in numbers])
        rows = rows.select_related("key__parent").select_for_update(of=("self",))
        return list(rows.order_by("id"))

    def _parcel(self, number, order, now):
        from packbench.shipments.models import Shipment
        from packbench.shipments.status import Status

        means = self.means[self.lives[number].is_tracked]
        return Shipment(
            workspace_id=order.workspace_id,
            order=order,
            status=Status.PURCHASED,
            carrier_account=means.carrier_account,
            warehouse=means.warehouse,
            service=means.service,
            weight_g=300,
            created_at=now,
            purchased_at=now,
        )

    def scanned(self, numbers, now):
        from packbench.carriers.base import TrackingCode

        self._seen(numbers, now, TrackingCode.ACCEPTED, scanned_at=now, status="in_transit")

    def delivered(self, numbers, now):
        from packbench.carriers.base import TrackingCode

        self._seen(numbers, now, TrackingCode.DELIVERED, delivered_at=now, status="delivered")

    def _seen(self, numbers, now, code, **fields):
        from packbench.carriers.base import Tracked, Tracking
        from packbench.shipments.tracking import record_tracking

        told = Tracking(events=(Tracked(at=now, code=code),))
        for number in self.real.intersection(numbers):
            record_tracking(self._parcel_of(number), told, now=now)
        self._change([number for number in numbers if number not in self.real], now, **fields)

    def voided(self, numbers, now):
        from packbench.shipments.voiding import void_label

        for number in self.real.intersection(numbers):
            void_label(self._parcel_of(number), Taker(), actor="proof", now=now)
        rest = [number for number in numbers if number not in self.real]
        self._change(rest, now, is_voided=True, status="voided")

    def _parcel_of(self, number):
        from packbench.shipments.models import Shipment

        return Shipment.objects.with_order().get(order=self.ids[number])

    def _change(self, numbers, now, *, is_voided=False, **fields):
        from django.db import transaction

        from packbench.shipments.expiring import set_clocks
        from packbench.shipments.models import Document, Label, Shipment

        with transaction.atomic():
            pks = [order.pk for order in self._locked(numbers)]
            Shipment.objects.filter(order__in=pks).update(**fields)
            if is_voided:
                Document.objects.filter(label__shipment__order__in=pks).delete()
                Label.objects.filter(shipment__order__in=pks).update(status=Label.Status.VOIDED)
            set_clocks(pks, now=now)


class Taker:
    """A carrier that takes any label back."""

    def void(self, carrier_label_id):
        pass


def _label(shipment, now):
    from packbench.shipments.models import Label

    return Label(
        workspace_id=shipment.workspace_id,
        shipment=shipment,
        status=Label.Status.PURCHASED,
        claimed_at=now,
        purchased_at=now,
    )


def _document(label, now):
    from packbench.shipments.models import Document
    from packbench.shipments.purchasing import seal_content

    return Document(
        workspace_id=label.workspace_id,
        label=label,
        format="pdf",
        size="4x6in",
        content=seal_content(os.urandom(FILE_BYTES), label.shipment.order.key.opened()),
        created_at=now,
    )


def _track_some():
    """The service `tracked` of the own carrier tracks; `standard` does not."""
    from packbench.carriers.base import Service
    from packbench.shipments import expiring

    expiring.service_of = lambda account, code: Service(
        code=code, name=code, channel_code="Other", has_tracking=code == "tracked"
    )
