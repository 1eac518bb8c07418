"""A label for the way back is bought once, or given; its file ends with the buyer's data."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from packbench.carriers.base import Feature, RetryClass
from packbench.carriers.models import CarrierAccount
from packbench.connectors.local.carrier import LocalCarrier
from packbench.events.models import Event
from packbench.lib.errors import BadCredentials, OutcomeUnknown, Rejected, TemporaryError
from packbench.lib.money import Money
from packbench.orders.models import Order
from packbench.privacy.fields import unseal
from packbench.privacy.models import DataKey, Disclosure
from packbench.shipments.erasing import erase_now, erase_slice
from packbench.shipments.models import Charge, ReturnLabel, Shipment
from packbench.shipments.returning import (
    MOST_BYTES,
    ask_again,
    ask_for_return,
    can_return,
    content_of,
    give_return,
    open_returns,
    remove_return,
    see_to_return,
    ways_back,
)
from tests.making import NOW, make_means, make_order, make_store
from tests.shipments.faking import PDF, FakeCarrier
from tests.shipments.test_buying import fresh, ready

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=20)
LOST = OutcomeUnknown("Lost.", code="lost")


class Returner(FakeCarrier):
    """A carrier that sells return labels and remembers what it was asked."""

    features = frozenset({Feature.RETURNS})

    def __init__(self, *args):
        super().__init__(*args)
        self.asked = []

    def buy(self, request):
        self.asked.append(request)
        return super().buy(request)


@pytest.fixture
def parcel():
    return sent(make_order())


def sent(order):
    from packbench.shipments.buying import buy_label

    row = ready(order)
    buy_label(fresh(row), FakeCarrier(), now=NOW)
    return fresh(row)


def asked(parcel, now=NOW):
    account, service, _ = ways_back(parcel)[0]
    return ask_for_return(parcel, account.pk, service, actor="ana", now=now)


def see_to(row, carrier, now=NOW):
    here = ReturnLabel.objects.select_related("shipment__order__key__parent").get(pk=row.pk)
    see_to_return(here, lambda: carrier, now=now)
    return ReturnLabel.objects.select_related("shipment__order__key__parent").get(pk=row.pk)


def names():
    found = Event.objects.filter(name__startswith="return.").order_by("id")
    return list(found.values_list("name", flat=True))


def test_it_is_bought_once_under_our_reference_and_kept_sealed_by_the_orders_key(parcel):
    row, carrier = asked(parcel), Returner()

    made = see_to(row, carrier)
    see_to(row, carrier)

    assert carrier.sold == [row.pk]
    assert (made.status, made.tracking_number, made.format) == ("made", "TRACK1", "pdf")
    order = made.shipment.order
    assert unseal(made.content, order.key.opened()) == PDF
    request = carrier.asked[0]
    assert request.is_return
    assert request.ship_to.name == "Lucía Ferrer"  # as the parcel went: the carrier exchanges them
    assert names() == ["return.asked", "return.made"]
    assert content_of(made, actor="ana", now=NOW) == PDF
    assert Disclosure.objects.get().fields == ["return_label"]


def test_the_own_label_goes_from_the_buyer_to_the_seller(parcel, monkeypatch):
    from packbench.connectors.local import carrier as local

    drawn, real = [], local.laid_out
    monkeypatch.setattr(local, "laid_out", lambda *args: drawn.append(args[0]) or real(*args))

    made = see_to(asked(parcel), LocalCarrier())

    assert made.status == "made"
    assert drawn[0].ship_from.name == "Lucía Ferrer"
    assert drawn[0].ship_to == parcel.warehouse.address
    assert made.tracking_number != parcel.tracking_number


def test_one_parcel_gets_one_return_label_whatever_our_code_believes(parcel):
    row = asked(parcel)

    with pytest.raises(Rejected) as refusal:
        asked(parcel)
    assert refusal.value.code == "one_already"
    with pytest.raises(Rejected), transaction.atomic():
        give_return(parcel, PDF, actor="ana", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnLabel.objects.create(
            workspace=row.workspace, shipment=parcel, created_by="x", created_at=NOW
        )


@pytest.mark.parametrize("retry_class", [RetryClass.KEYED, RetryClass.SEARCHABLE])
def test_a_lost_answer_is_looked_up_and_never_bought_twice(parcel, retry_class):
    row, carrier = asked(parcel), Returner(retry_class)
    carrier.lose_next_answer = True

    assert see_to(row, carrier).status == "unknown"
    see_to(row, carrier, NOW + timedelta(seconds=1))  # the quarantine is not over
    made = see_to(row, carrier, LATER)

    assert made.status == "made"
    assert carrier.sold == [row.pk]


def test_what_was_not_bought_is_bought_under_the_same_reference_after_the_quarantine(parcel):
    row, carrier = asked(parcel), Returner()
    carrier.fail_next = LOST  # nothing arrived there

    assert see_to(row, carrier).status == "unknown"
    see_to(row, carrier, LATER)
    made = see_to(row, carrier, LATER)

    assert made.status == "made"
    assert carrier.sold == [row.pk]


def test_a_worker_that_died_leaves_it_to_be_looked_up(parcel):
    row, carrier = asked(parcel), Returner()
    carrier.fail_next = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        see_to(row, carrier)
    assert ReturnLabel.objects.get().status == "buying"
    carrier.sold.append(row.pk)  # it sold it all the same

    see_to(row, carrier, NOW + timedelta(seconds=1))
    assert ReturnLabel.objects.get().status == "buying"  # it may be alive
    made = see_to(row, carrier, NOW + timedelta(hours=1))

    assert made.status == "made"
    assert carrier.sold == [row.pk]


@pytest.mark.parametrize("moment", ["before", "prepared"])
def test_a_worker_that_died_before_it_asked_has_bought_nothing(parcel, moment):
    row, carrier = asked(parcel), Returner()
    if moment == "before":
        ReturnLabel.objects.update(status="buying", claimed_at=NOW)
    else:
        ReturnLabel.objects.update(status="unknown", claimed_at=NOW, next_try_at=NOW)

    assert see_to(row, carrier, NOW + timedelta(hours=1)).status == "asked"
    assert see_to(row, carrier, NOW + timedelta(hours=1)).status == "made"
    assert carrier.sold == [row.pk]


def test_a_busy_carrier_is_asked_again_and_a_refusal_waits_for_a_person(parcel):
    row, carrier = asked(parcel), Returner()
    carrier.fail_next = TemporaryError("Busy.", code="busy")
    busy = see_to(row, carrier)
    assert (busy.status, busy.problem["code"]) == ("asked", "busy")
    assert busy.next_try_at > NOW
    assert not open_returns(now=NOW).exists()

    carrier.fail_next = Rejected("No.", code="no")
    refused = see_to(row, carrier, LATER)
    assert (refused.status, refused.next_try_at) == ("refused", None)
    ask_again(refused, actor="ana", now=LATER)

    assert see_to(row, carrier, LATER).status == "made"
    assert carrier.sold == [row.pk]
    with pytest.raises(Rejected):
        ask_again(refused, actor="ana", now=LATER)


def test_a_carrier_that_does_not_declare_it_or_cannot_be_asked_sells_none(parcel):
    assert not can_return(FakeCarrier())
    assert not can_return(Returner(RetryClass.BLIND))
    row = asked(parcel)

    assert see_to(row, FakeCarrier()).problem["code"] == "cannot_return"
    with pytest.raises(Rejected) as refusal:
        ask_for_return(parcel, parcel.carrier_account_id, "teleport", actor="t", now=NOW)
    assert refusal.value.code == "no_such_service"


def test_an_account_that_cannot_be_opened_is_refused_with_its_reason(parcel):
    row = asked(parcel)
    here = ReturnLabel.objects.select_related("shipment__order__key__parent").get(pk=row.pk)

    def opened():
        raise BadCredentials("Gone.", code="gone")

    see_to_return(here, opened, now=NOW)

    row.refresh_from_db()
    assert (row.status, row.problem["code"]) == ("refused", "gone")


class Pricey(Returner):
    def prepare(self, request):
        from packbench.carriers.base import Prepared

        return Prepared(cost=Money(Decimal("4.00"), "EUR"))


def test_the_spending_limit_of_the_day_holds_for_return_labels_too():
    store = make_store()
    parcels = [sent(make_order(store, external_id=f"402-{number}")) for number in range(3)]
    CarrierAccount.objects.update(most_per_day=Decimal(10), limit_currency="EUR")
    carrier = Pricey()

    made = [see_to(asked(parcel), carrier) for parcel in parcels]

    assert [row.status for row in made] == ["made", "made", "refused"]
    assert made[2].problem["code"] == "over_day_limit"
    assert len(carrier.sold) == 2


def test_what_it_costs_is_among_the_charges_once(parcel):
    row, carrier = asked(parcel), Pricey()

    see_to(row, carrier)
    see_to(row, carrier)

    charges = Charge.objects.filter(return_label=row).order_by("pk")
    assert [(each.kind, each.amount, each.currency) for each in charges] == [
        ("quoted", Decimal("4.00"), "EUR"),
        ("bought", Decimal("4.00"), "EUR"),
    ]


def test_a_charge_is_of_one_label_and_no_more(parcel):
    see_to(asked(parcel), Pricey())
    mine = Charge.objects.filter(kind="bought", return_label__isnull=False)

    for label in (parcel.labels.get(), None):
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(label=label, **({} if label else {"return_label": None}))


def test_a_file_of_the_seller_is_kept_sealed_and_can_be_replaced(parcel):
    for content, code in ((b"GIF89a", "not_a_pdf"), (b"%PDF-" + bytes(MOST_BYTES), "too_large")):
        with pytest.raises(Rejected) as refusal:
            give_return(parcel, content, actor="ana", now=NOW)
        assert refusal.value.code == code

    first = give_return(parcel, PDF, actor="ana", now=NOW)
    remove_return(first, actor="ana", now=NOW)
    second = give_return(parcel, PDF + b"2", actor="ana", now=NOW)

    assert ReturnLabel.objects.get(pk=first.pk).content is None
    here = ReturnLabel.objects.select_related("shipment__order__key__parent").get(pk=second.pk)
    assert content_of(here, actor="ana", now=NOW) == PDF + b"2"
    assert PDF not in bytes(here.content.ciphertext)
    assert names() == ["return.given", "return.removed", "return.given"]


def test_one_that_was_bought_stays(parcel):
    made = see_to(asked(parcel), Returner())

    with pytest.raises(Rejected) as refusal:
        remove_return(made, actor="ana", now=NOW)

    assert refusal.value.code == "bought_stays"


def test_it_ends_with_the_buyers_data_and_prolongs_nothing(parcel):
    due = Order.objects.get().erase_at
    made = see_to(asked(parcel), Returner())
    assert Order.objects.get().erase_at == due
    order = Order.objects.get()

    erase_slice(now=due)

    row = ReturnLabel.objects.get()
    assert (row.content, row.ticket, row.status) == (None, None, "made")
    row.content = made.content  # as a backup shows it
    row.shipment.order.key = DataKey.objects.get(pk=order.key_id)
    assert content_of(row, actor="ana", now=due) is None
    with pytest.raises(Rejected) as refusal:
        give_return(Shipment.objects.get(), PDF, actor="ana", now=due)
    assert refusal.value.code == "erased"


def test_erased_while_it_is_bought_its_file_is_not_kept(parcel):
    class Eraser(Returner):
        def buy(self, request):
            erase_now(Order.objects.get(), why="asked", actor="t", now=NOW)
            return super().buy(request)

    made = see_to(asked(parcel), Eraser())

    assert (made.status, made.content, made.tracking_number) == ("made", None, "TRACK1")


def test_there_is_none_before_the_parcel_has_a_label():
    row = ready(make_order())

    with pytest.raises(Rejected) as refusal:
        asked(fresh(row))

    assert refusal.value.code == "no_label"


def test_another_account_than_the_workspaces_own_sells_none(parcel):
    from tests.making import make_workspace

    foreign = make_means(make_workspace("Else")).carrier_account

    with pytest.raises(Rejected):
        ask_for_return(parcel, foreign.pk, "standard", actor="t", now=NOW)
