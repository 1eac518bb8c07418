"""The cold archive: what the law asks for goes in before its end, and nobody here can open it."""

import json
import subprocess
import sys
from datetime import timedelta

import pyrage
import pytest
from pyrage import x25519

from packbench.channels.base import Buyer, OrderDetails, TaxRegistration
from packbench.lib.errors import Rejected
from packbench.orders import archiving
from packbench.orders.archiving import AHEAD, archive_due, end_archive, plan_archive
from packbench.orders.models import Order, Status
from packbench.privacy.models import Archived
from packbench.shipments.erasing import erase_now, erase_slice
from tests.making import NOW, ItemNotes, make_item, make_order, make_store
from tests.proofs.scratch import ROOT

pytestmark = pytest.mark.django_db
END = NOW + timedelta(days=14)
OWNER = x25519.Identity.generate()  # it is on another machine


@pytest.fixture
def folder(settings, tmp_path):
    settings.ARCHIVE_DIR = tmp_path / "archive"
    settings.KEYS_DIR = tmp_path / "keys"
    settings.KEYS_DIR.mkdir()
    return settings.ARCHIVE_DIR


@pytest.fixture
def store(folder):
    store = make_store()
    plan(store)
    return store


def plan(store, **changes):
    given = {
        "recipient": str(OWNER.to_public()),
        "purposes": ["invoices"],
        "countries": ["ES", "FR"],
        **changes,
    }
    return plan_archive(store.workspace, given, actor="test", now=NOW)


def sold(store, number="402-1", status=Status.SHIPPED, **changes):
    order = make_order(
        store,
        external_id=number,
        buyer=Buyer(name="Lucía Ferrer", email="a@marketplace.amazon.es"),
        details=OrderDetails(taxes=(TaxRegistration(kind="VAT", number="ESB12345678"),)),
        items=(make_item(notes=ItemNotes(gift_message="For you")),),
        **changes,
    )
    Order.objects.filter(pk=order.pk).update(status=status)
    return Order.objects.get(pk=order.pk)


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def opened(folder):
    contents = [pyrage.decrypt(path.read_bytes(), [OWNER]) for path in files(folder)]
    return [json.loads(line) for content in contents for line in content.splitlines()]


def test_a_sold_order_goes_in_before_its_end_once_and_stays_after_it(store, folder):
    order = sold(store)
    assert archive_due(now=END - AHEAD - timedelta(seconds=1)) == 0

    assert archive_due(now=END - AHEAD) == 1
    assert archive_due(now=END - AHEAD) == 0
    assert len(erase_slice(now=END)) == 1

    (kept,) = opened(folder)
    assert (kept["number"], kept["buyer"]["name"]) == ("402-1", "Lucía Ferrer")
    assert kept["recipient"]["line1"]
    assert kept["taxes"][0]["number"] == "ESB12345678"
    assert kept["items"][0]["quantity"] == 1
    assert "For you" not in json.dumps(kept)  # no purpose needs it
    assert Archived.objects.get().order_id == order.pk


def test_files_are_private_only_added_and_open_to_nobody_here(store, folder):
    sold(store)
    archive_due(now=END)
    (first,) = files(folder)
    before = first.read_bytes()
    sold(store, "402-2")

    archive_due(now=END)

    assert first.read_bytes() == before
    assert first.stat().st_mode & 0o777 == 0o400
    assert len(files(folder)) == 2
    assert b"Ferrer" not in before
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(before, [x25519.Identity.generate()])


@pytest.mark.parametrize(
    "changes", [{"status": Status.CANCELLED}, {"status": Status.AWAITING_SHIPMENT}]
)
def test_what_was_not_sold_does_not_go_in(store, folder, changes):
    sold(store, **changes)

    assert archive_due(now=END) == 0
    assert files(folder) == []


def test_what_goes_in_is_chosen_by_country_and_purpose(store, folder):
    plan(store, countries=["FR"])
    sold(store)
    assert archive_due(now=END) == 0
    plan(store, purposes=["customs"])

    archive_due(now=END)

    (kept,) = opened(folder)
    assert kept["purposes"] == ["customs"]
    assert "buyer" not in kept
    assert "taxes" not in kept


def test_an_order_erased_on_request_goes_in_first(store, folder):
    order = sold(store)

    erase_now(order, why="buyer", actor="test", now=NOW)

    assert [kept["number"] for kept in opened(folder)] == ["402-1"]


def test_without_a_plan_nothing_is_kept(store, folder):
    end_archive(store.workspace, actor="test", now=NOW)
    sold(store)

    assert archive_due(now=END) == 0
    erase_slice(now=END)

    assert files(folder) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"recipient": "age1nothing"}, "bad_recipient"),
        ({"recipient": "ssh-rsa AAAA"}, "bad_recipient"),
        ({"purposes": []}, "no_purpose"),
        ({"countries": []}, "no_country"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(store, changes, code):
    with pytest.raises(Rejected) as refusal:
        plan(store, **changes)

    assert refusal.value.code == code


def test_a_recipient_whose_identity_is_here_is_refused(store, settings):
    mine = x25519.Identity.generate()
    (settings.KEYS_DIR / "backup.key").write_text(f"{mine}\n")

    with pytest.raises(Rejected) as refusal:
        plan(store, recipient=str(mine.to_public()))

    assert refusal.value.code == "own_recipient"


def test_a_write_that_fails_leaves_the_order_to_the_next_run(store, folder, monkeypatch):
    sold(store)
    with monkeypatch.context() as patch:
        patch.setattr(archiving.os, "fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            archive_due(now=END)

    assert archive_due(now=END) == 1
    assert {kept["number"] for kept in opened(folder)} == {"402-1"}


def test_the_owner_opens_it_elsewhere_without_a_desk(store, folder, tmp_path):
    sold(store)
    sold(store, "402-2")
    archive_due(now=END)
    key = tmp_path / "owner.key"
    key.write_text(f"{OWNER}\n")

    def run(*words):
        command = [sys.executable, "-m", "packbench", "open-archive", *map(str, files(folder))]
        return subprocess.run(
            [*command, *words], cwd=ROOT, capture_output=True, text=True, env={"PATH": ""}
        )

    said = run("--identity", str(key), "--order", "402-2")
    assert [json.loads(line)["number"] for line in said.stdout.splitlines()] == ["402-2"]
    key.write_text(f"{x25519.Identity.generate()}\n")
    refused = run("--identity", str(key))
    assert refused.returncode != 0
    assert "does not open" in refused.stderr
