"""Closing the day with a carrier that makes forms: once, whatever fails in between."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.carriers.managing import Wanted, add_account
from packbench.carriers.registry import open_carrier
from packbench.lib import clock
from packbench.shipments import jobs
from packbench.shipments.batching import create_labels
from packbench.shipments.manifesting import ask_for_form, begin_manifest, form_of
from packbench.shipments.models import Manifest, Shipment
from packbench.shipments.planning import Means
from packbench.shipments.status import Status
from packbench_sandbox.easypost.selling import KEY
from tests.making import make_order, make_store, make_warehouse

pytestmark = pytest.mark.django_db
SERVICE = "USPS/GroundAdvantage"


@pytest.fixture
def orders_per_store():
    return 1


@pytest.fixture
def parcels(sandbox):
    """Two labels of EasyPost."""
    store = make_store()
    orders = [make_order(store, external_id=f"402-{n}") for n in range(2)]
    wanted = Wanted(name="EasyPost", secrets={"key": KEY})
    account = add_account(store.workspace, "easypost", wanted, actor="test", now=clock.now())
    means = Means(account, make_warehouse(store.workspace), SERVICE)
    create_labels(store.workspace, orders, means, actor="test", now=clock.now())
    for shipment in Shipment.objects.all():
        jobs.buy(shipment.pk)
    return list(Shipment.objects.all())


def begun(parcels):
    ids = [row.pk for row in parcels]
    return begin_manifest(parcels[0].workspace, ids, actor="test", now=clock.now())


def later(manifest, hours):
    """What the sweep does when its turn has come."""
    row = Manifest.objects.get(pk=manifest.pk)
    account = Shipment.objects.with_order().filter(manifest=row)[0].carrier_account
    at = clock.now() + timedelta(hours=hours)
    ask_for_form(row, lambda: open_carrier(account), now=at)


def forms(sandbox):
    return sandbox.ledger.entries("form.made")


def test_a_day_is_closed_with_one_form_of_the_carrier(sandbox, parcels):
    manifest = begun(parcels)
    jobs.manifest(manifest.pk)

    manifest.refresh_from_db()
    [form] = forms(sandbox)
    assert manifest.carrier_manifest_id == form["form_id"]
    assert set(form["tracking_numbers"]) == {row.tracking_number for row in parcels}
    assert form_of(manifest).startswith(b"%PDF")
    assert set(Shipment.objects.values_list("status", flat=True)) == {Status.MANIFESTED}


FAULTS = ["lost_answer", "500", "bad_json", "reset", "429", "503_html"]
OTHERS = [("easypost.show", "500"), ("easypost.formFile", "lost_answer")]


@pytest.mark.parametrize(
    ("operation", "fault"), [*[("easypost.form", fault) for fault in FAULTS], *OTHERS]
)
def test_whatever_fails_there_is_one_form_in_the_end(sandbox, parcels, operation, fault):
    sandbox.faults.arm(fault, operation=operation, count=1)
    manifest = begun(parcels)
    jobs.manifest(manifest.pk)
    for hours in (1, 2, 3):
        later(manifest, hours)

    manifest.refresh_from_db()
    assert manifest.status == Manifest.Status.MADE
    assert len(forms(sandbox)) == 1
    assert set(Shipment.objects.values_list("status", flat=True)) == {Status.MANIFESTED}


def test_a_form_that_is_shown_late_is_not_made_twice(sandbox, parcels):
    sandbox.commit_lag = 60
    sandbox.clock.advance(120)
    manifest = begun(parcels)
    jobs.manifest(manifest.pk)
    later(manifest, 1)
    manifest.refresh_from_db()
    assert manifest.status == Manifest.Status.ASKED
    sandbox.clock.advance(61)
    later(manifest, 2)

    manifest.refresh_from_db()
    assert manifest.status == Manifest.Status.MADE
    assert len(forms(sandbox)) == 1


def test_the_sweep_finds_what_a_lost_job_left(sandbox, parcels):
    manifest = begun(parcels)
    ProcrastinateJob.objects.all()._raw_delete("default")

    jobs.sweep_manifests(0)

    [job] = ProcrastinateJob.objects.filter(task_name="shipments.manifest")
    assert job.args == {"manifest_id": manifest.pk}
