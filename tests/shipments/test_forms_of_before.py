"""Forms that were sealed by the workspace's key get keys of their own."""

from importlib import import_module

import pytest
from django.apps import apps

from packbench.lib import clock
from packbench.privacy.fields import sealer
from packbench.privacy.models import DataKey
from packbench.shipments.manifesting import FORM_DAYS, forget_old_forms, form_of
from packbench.shipments.models import Manifest
from tests.making import make_means, make_workspace

pytestmark = pytest.mark.django_db
MIGRATION = "packbench.shipments.migrations.0016_forms_by_keys_of_their_own"
PDF = b"%PDF-1.4 signed by the driver"


def seal_anew():
    import_module(MIGRATION).seal_anew(apps, None)


def made(workspace, content=PDF, key=None):
    means, now = make_means(workspace), clock.now()
    return Manifest.objects.create(
        workspace=workspace,
        carrier_account=means.carrier_account,
        warehouse=means.warehouse,
        status="made",
        count=1,
        form=content and sealer(Manifest, "form")(content, (key or workspace.key).opened()),
        form_format="pdf",
        form_ends_at=content and now + FORM_DAYS,
        created_by="t",
        created_at=now,
        made_at=now,
    )


def test_a_form_of_before_is_sealed_anew_once_and_ends_with_its_key():
    row, without = made(make_workspace()), made(make_workspace("Else"), None)
    assert form_of(row) is None  # what the migration is for

    seal_anew()
    row.refresh_from_db()
    key_id = row.key_id
    seal_anew()

    row.refresh_from_db()
    without.refresh_from_db()
    assert row.key_id == key_id
    assert without.key_id is None
    assert form_of(row) == PDF
    assert row.key.parent_id == row.workspace.key_id
    assert row.key.wrapped is None  # it is in the key store
    assert forget_old_forms(now=row.form_ends_at) == 1
    assert form_of(row) is None
    assert not DataKey.objects.get(pk=key_id).is_alive


def test_one_that_opens_no_more_is_forgotten():
    row = made(make_workspace(), key=make_workspace("Else").key)

    seal_anew()

    row.refresh_from_db()
    assert (row.form, row.form_ends_at, row.key_id) == (None, None, None)
