"""The trail of looks: nothing in it is edited unnoticed, and nobody waits for it."""

import json
import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

from packbench.accounts.models import Workspace
from packbench.privacy.chaining import begin_at_restored, broken_looks, chain_looks, unchained
from packbench.privacy.models import Disclosure
from packbench.privacy.revealing import record_disclosure
from packbench.privacy.rotating import GRACE, follow_replaced_keys, replace_workspace_key
from tests.making import NOW, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings, tmp_path, django_capture_on_commit_callbacks):
    """A workspace with ten chained looks; its chain ends in a file of its own."""
    settings.KEYS_DIR = tmp_path
    workspace = make_workspace()
    look(workspace, 10)
    with django_capture_on_commit_callbacks(execute=True):
        assert chain_looks(workspace, now=NOW) == 10
    return workspace


def look(workspace, count):
    for number in range(count):
        record_disclosure(
            workspace.pk, [f"ord_{number}"], ["buyer"], actor="per_1", reason="order", now=NOW
        )


def forge(query, *values):
    """What somebody does who may do everything to the database."""
    with connection.cursor() as cursor:
        cursor.execute("alter table privacy_disclosure disable trigger disclosure_stays")
        cursor.execute(query, values)
        cursor.execute("alter table privacy_disclosure enable trigger disclosure_stays")


def said(workspace):
    return [str(sentence) for sentence in broken_looks(workspace)]


def test_a_chain_that_nobody_touched_is_whole_and_grows(desk):
    assert said(desk) == []
    assert unchained() == []
    look(desk, 3)
    assert unchained() == [desk.pk]

    assert chain_looks(desk, now=NOW, most=2) == 2
    assert chain_looks(desk, now=NOW, most=2) == 1

    assert said(desk) == []
    assert list(Disclosure.objects.order_by("id").values_list("position", flat=True)) == [
        *range(1, 14)
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "'per_2'"),
        ("reason", "'print'"),
        ("order_ids", "'[]'::jsonb"),
        ("fields", "'[]'::jsonb"),
        ("at", "at - interval '1 second'"),
    ],
)
def test_a_changed_look_is_named(desk, column, value):
    row = Disclosure.objects.get(position=4)

    forge(f"update privacy_disclosure set {column} = {value} where id = %s", row.pk)

    assert said(desk) == [f"Look 4 (row {row.pk}) is not what was written, or not in its place."]


def test_removed_looks_are_named_in_the_middle_and_at_the_end(desk):
    forge("delete from privacy_disclosure where position in (3, 4)")
    assert said(desk) == ["Looks 3 to 4 are missing."]

    forge("delete from privacy_disclosure where position > 8")

    assert said(desk)[1].startswith("The chain ends at 8; 10 looks were chained by")


def test_looks_in_another_order_are_named(desk):
    for place, other in ((5, 99), (6, 5), (99, 6)):
        forge(f"update privacy_disclosure set position = {other} where position = {place}")

    assert [line.split(" (")[0] for line in said(desk)] == ["Look 5", "Look 6", "Look 7"]


def test_who_has_the_database_alone_cannot_forge_a_link(desk):
    other = make_workspace()
    look(other, 1)
    chain_looks(other, now=NOW)
    stolen = Disclosure.objects.get(workspace_id=other.pk)

    forge(
        "update privacy_disclosure set mac = %s where workspace_id = %s and position = 1",
        stolen.mac,
        desk.pk,
    )

    assert said(desk)[0].startswith("Look 1 ")


def test_the_database_refuses_to_change_and_to_delete_looks():
    workspace = make_workspace()
    look(workspace, 1)
    for change in ("delete from privacy_disclosure", "update privacy_disclosure set actor = 'x'"):
        with (
            pytest.raises(DatabaseError, match="neither changed nor deleted"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_the_chain_outlives_new_keys_and_a_restore(desk, settings):
    replace_workspace_key(desk, now=NOW)
    while follow_replaced_keys(now=NOW + GRACE):
        continue
    fresh = Workspace.objects.select_related("key").get(pk=desk.pk)
    assert said(fresh) == []
    forge("delete from privacy_disclosure where position > 8")  # as of an older backup
    assert said(fresh) != []

    begin_at_restored(fresh, now=NOW)

    assert said(fresh) == []
    (head,) = (settings.KEYS_DIR / "trail").iterdir()
    assert json.loads(head.read_text())[0] == 8


@pytest.mark.django_db(transaction=True)
def test_looks_written_by_many_at_once_have_one_chain(settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    workspace = make_workspace()
    errors = []

    def work(chains):
        try:
            for _ in range(10):
                look(workspace, 5)
                if chains:
                    chain_looks(Workspace.objects.select_related("key").get(), now=NOW, most=7)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(number % 2,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    while chain_looks(workspace, now=NOW):
        continue

    assert errors == []
    places = Disclosure.objects.order_by("position").values_list("position", flat=True)
    assert list(places) == [*range(1, 201)]
    assert said(workspace) == []
