"""Closing the day: one form, once, whatever gets lost; its parcels go with the driver."""

from datetime import timedelta

import pytest

from packbench.carriers.base import Feature, LabelFile, Manifested
from packbench.carriers.models import CarrierAccount
from packbench.events.models import Event
from packbench.lib import clock
from packbench.lib.errors import BadCredentials, OutcomeUnknown, Rejected, TemporaryError
from packbench.orders.models import Order
from packbench.privacy.fields import unseal
from packbench.privacy.sealing import Unreadable
from packbench.shipments.erasing import erase_now
from packbench.shipments.manifesting import (
    FORM_DAYS,
    MOST_TRIES,
    ask_again,
    ask_for_form,
    begin_manifest,
    forget_old_forms,
    form_of,
    use_own_list,
)
from packbench.shipments.models import Manifest, Shipment
from packbench.shipments.status import Status
from packbench.shipments.voiding import void_label
from tests.making import make_order, make_store, make_workspace
from tests.shipments.faking import FakeCarrier
from tests.web.orders.conftest import labeled

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PDF = b"%PDF-1.4 a form"


class Closing:
    """A carrier that makes one form for each reference."""

    features = frozenset({Feature.MANIFEST})

    def __init__(self, *failures):
        self.failures, self.forms, self.asked = list(failures), {}, []

    def manifest(self, carrier_label_ids, reference):
        self.asked.append(reference)
        if self.failures and (failure := self.failures.pop(0)):
            if isinstance(failure, OutcomeUnknown):
                self.forms.setdefault(reference, carrier_label_ids)
            raise failure
        self.forms.setdefault(reference, carrier_label_ids)
        return Manifested(
            carrier_manifest_id=f"sf_{len(self.forms)}",
            files=(LabelFile("pdf", "", PDF, "manifest"),),
        )


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def parcels(store, monkeypatch):
    """Three labels of a carrier that makes forms."""
    monkeypatch.setattr("packbench.shipments.manifesting.can", lambda account, feature: True)
    return [labeled(make_order(store, external_id=f"402-{n}")) for n in range(3)]


def begun(parcels, **options):
    ids = [row.pk for row in parcels]
    workspace = parcels[0].workspace
    return begin_manifest(workspace, ids, actor="test", now=clock.now(), **options)


def asked(manifest, carrier, *, hours=0):
    row = Manifest.objects.get(pk=manifest.pk)
    ask_for_form(row, lambda: carrier, now=clock.now() + hours * HOUR)
    return Manifest.objects.get(pk=manifest.pk)


def statuses(parcels):
    return {row.status for row in Shipment.objects.filter(pk__in=[each.pk for each in parcels])}


LOST = OutcomeUnknown("Lost.", code="lost")
DOWN = TemporaryError("Down.", code="down")
NO = Rejected("No.", code="no")


def test_the_form_is_kept_sealed_and_its_parcels_are_handed_over(parcels):
    manifest = begun(parcels)
    assert statuses(parcels) == {Status.PURCHASED}

    carrier = Closing()
    row = asked(manifest, carrier)

    assert (row.status, row.count, row.carrier_manifest_id) == ("made", 3, "sf_1")
    assert form_of(row) == unseal(row.form, row.key.opened()) == PDF
    with pytest.raises(Unreadable):
        unseal(row.form, row.workspace.key.opened())
    assert PDF not in bytes(row.form.ciphertext)
    assert len(carrier.forms[manifest.pk]) == 3
    assert statuses(parcels) == {Status.IN_TRANSIT}  # of own delivery: nobody scans
    names = set(Event.objects.values_list("name", flat=True))
    assert {"manifest.asked", "manifest.made", "shipment.manifested"} <= names


def test_a_lost_answer_is_asked_for_again_under_the_same_reference(parcels):
    manifest, carrier = begun(parcels), Closing(LOST)
    row = asked(manifest, carrier)
    assert (row.status, row.problem["code"]) == ("asked", "lost")
    assert statuses(parcels) == {Status.PURCHASED}

    row = asked(manifest, carrier, hours=1)

    assert row.status == "made"
    assert carrier.asked == [manifest.pk] * 2
    assert len(carrier.forms) == 1


def test_a_form_is_asked_for_once_at_a_time_and_not_before_its_turn(parcels):
    manifest, carrier = begun(parcels), Closing(DOWN)
    stale = Manifest.objects.get(pk=manifest.pk)
    asked(manifest, carrier)

    ask_for_form(stale, lambda: carrier, now=clock.now() + HOUR)  # saw it before the claim
    asked(manifest, carrier)  # its turn is later

    assert len(carrier.asked) == 1


def test_a_worker_that_died_leaves_the_form_to_another(parcels):
    manifest, carrier = begun(parcels), Closing()

    def dies():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask_for_form(Manifest.objects.get(), dies, now=clock.now())

    assert asked(manifest, carrier).status == "asked"
    assert asked(manifest, carrier, hours=1).status == "made"


def test_what_the_carrier_refuses_frees_its_parcels_for_another_form(parcels):
    row = asked(begun(parcels), Closing(NO))

    assert (row.status, row.problem["code"]) == ("refused", "no")
    assert statuses(parcels) == {Status.PURCHASED}
    assert asked(begun(parcels), Closing()).status == "made"


def test_a_carrier_that_cannot_be_opened_is_asked_later_and_in_the_end_by_a_person(parcels):
    manifest = begun(parcels)
    failures = [BadCredentials("Key.", code="bad_key") for _ in range(MOST_TRIES)]
    carrier = Closing(*failures)

    for hours in range(MOST_TRIES):
        row = asked(manifest, carrier, hours=hours)

    assert row.next_try_at is None
    assert asked(manifest, carrier, hours=99).status == "asked"
    ask_again(row, now=clock.now())
    assert asked(manifest, carrier).status == "made"


def test_a_person_may_wait_no_longer_and_take_our_own_list(parcels):
    manifest = begun(parcels)
    row = asked(manifest, Closing(DOWN))

    use_own_list(row, actor="test", now=clock.now())

    row.refresh_from_db()
    assert (row.status, row.is_own) == ("made", True)
    assert statuses(parcels) == {Status.IN_TRANSIT}
    with pytest.raises(Rejected):
        use_own_list(row, actor="test", now=clock.now())
    assert asked(manifest, Closing(), hours=2).carrier_manifest_id == ""


def test_own_delivery_needs_no_carrier_and_its_day_is_closed_at_once(store):
    parcels = [labeled(make_order(store, external_id=f"402-{n}")) for n in range(2)]

    row = begun(parcels)

    assert (row.status, row.is_own, row.form) == ("made", True, None)
    assert statuses(parcels) == {Status.IN_TRANSIT}


def test_a_parcel_is_on_one_form_only(parcels):
    begun(parcels[:2])

    second = begun(parcels)

    assert second.count == 1
    with pytest.raises(Rejected) as refusal:
        begun(parcels)
    assert refusal.value.code == "nothing_to_close"


def test_parcels_of_several_carriers_or_another_desk_go_on_no_form_together(parcels, store):
    other = CarrierAccount.objects.create(
        workspace=store.workspace, carrier="local", name="Other", created_at=clock.now()
    )
    Shipment.objects.filter(pk=parcels[0].pk).update(carrier_account=other)

    with pytest.raises(Rejected) as refusal:
        begun(parcels)
    assert refusal.value.code == "not_together"
    with pytest.raises(Rejected) as refusal:
        begin_manifest(make_workspace("Else"), [parcels[1].pk], actor="t", now=clock.now())
    assert refusal.value.code == "nothing_to_close"


def test_a_label_on_a_form_is_not_voided(parcels):
    begun(parcels)

    with pytest.raises(Rejected) as refusal:
        void_label(
            Shipment.objects.with_order().get(pk=parcels[0].pk),
            FakeCarrier(), actor="test", now=clock.now(),
        )  # fmt: skip

    assert refusal.value.code == "on_a_form"


def test_the_form_goes_with_the_first_buyers_data_and_after_two_weeks(parcels):
    row = asked(begun(parcels), Closing())
    assert forget_old_forms(now=row.made_at + FORM_DAYS - HOUR) == 0
    erase_now(Order.objects.get(pk=parcels[0].order_id), why="asked", actor="t", now=clock.now())

    copy = Manifest.objects.get(pk=row.pk)
    copy.form = row.form  # as a backup shows it
    assert form_of(copy) is None
    row.refresh_from_db()
    assert row.form is None
    assert not row.key.is_alive

    second = asked(begun([labeled(make_order(parcels[0].order.store, external_id="402-9"))]),
                   Closing())  # fmt: skip
    assert forget_old_forms(now=second.made_at + FORM_DAYS) == 1
    second.refresh_from_db()
    assert second.form is None
    assert not second.key.is_alive
