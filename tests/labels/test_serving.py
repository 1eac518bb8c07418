"""Print jobs: to the printer of their kind, claimed by one agent, ended once."""

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client

from packbench.accounts.keys import make_key, revoke_key
from packbench.events.models import Event
from packbench.labels.models import Kind, Printer, PrintJob, PrintRoute, Station
from packbench.labels.queueing import (
    AT_ONCE,
    Routes,
    cancel_job,
    print_again,
    queue_at,
    queue_papers,
)
from packbench.labels.serving import LEASE, Ended, Turn, is_away, take_turn
from packbench.lib import clock
from packbench.lib.errors import Rejected
from packbench.privacy.models import Disclosure
from packbench.shipments.erasing import erase_now
from packbench.shipments.models import Shipment
from tests.labels.papers import bought, pages
from tests.making import DE, NOW, make_account, make_order, make_store, make_workspace

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def workspace(store):
    return store.workspace


def turn(workspace, *, at=NOW, **changes):
    given = {"agent": "bench", "journal": "j1", "printers": (("Zebra (ZPL)", ""), ("Laser", ""))}
    return take_turn(workspace, Turn(**{**given, **changes}), now=at)


@pytest.fixture
def printers(workspace):
    turn(workspace)
    return {row.name.split()[0]: row for row in Printer.objects.select_related("workspace")}


def sent(printer, *shipments, kinds=("label",)):
    return queue_at(printer, shipments, kinds, actor="ines", now=NOW).jobs


def ended(job, outcome="printed", **changes):
    return (Ended(job.pk, outcome, **changes),)


def status(job):
    return PrintJob.objects.get(pk=job.pk).status


def test_printers_come_in_with_their_agent_and_say_what_is_wrong(workspace, printers):
    assert printers["Zebra"].language == "zpl"
    assert printers["Laser"].language == "pdf"

    turn(workspace, printers=(("Laser", "paper_out"),), at=NOW + SECOND)

    laser = Printer.objects.get(name="Laser")
    assert laser.problem["code"] == "paper_out"
    assert "out of paper" in laser.problem["text"]


def test_an_agent_that_speaks_is_never_away_and_a_silent_one_is(workspace, printers):
    for seconds in range(0, 300, 20):
        turn(workspace, at=NOW + seconds * SECOND)
        assert not is_away(Printer.objects.first(), now=NOW + (seconds + 19) * SECOND)

    assert is_away(Printer.objects.first(), now=NOW + timedelta(minutes=8))


def test_a_job_is_handed_out_whole_and_ends_when_the_agent_says_so(store, workspace, printers):
    shipment = bought(make_order(store))
    (job,) = sent(printers["Laser"], shipment)

    handed = turn(workspace).handed

    assert handed.job == job
    assert shipment.order.external_id in pages(handed.content)[0]
    assert Shipment.objects.get().status == "purchased"
    assert Disclosure.objects.get(reason="print").actor == "ines"
    assert "402" not in repr(handed)
    answer = turn(workspace, ended=ended(job), at=NOW + SECOND)
    assert answer.acknowledged == [job.pk]
    assert answer.handed is None
    assert Shipment.objects.get().status == "printed"
    assert Event.objects.filter(name="label.printed", actor="ines").count() == 1


def test_what_is_told_twice_happened_once(store, workspace, printers):
    (job,) = sent(printers["Laser"], bought(make_order(store)))
    turn(workspace)

    for _ in range(2):
        assert turn(workspace, ended=ended(job)).acknowledged == [job.pk]

    assert Event.objects.filter(name="label.printed").count() == 1


def test_an_answer_that_got_lost_is_given_to_the_same_journal_again(store, workspace, printers):
    (job,) = sent(printers["Laser"], bought(make_order(store)))

    assert turn(workspace).handed.job == job
    assert turn(workspace, journal="j2").handed is None
    assert turn(workspace, at=NOW + SECOND).handed.job == job


def test_another_journal_never_prints_what_may_have_been_printed(store, workspace, printers):
    (job,) = sent(printers["Laser"], bought(make_order(store)))
    turn(workspace)

    assert turn(workspace, journal="j2", at=NOW + LEASE + SECOND).handed is None

    row = PrintJob.objects.get()
    assert row.status == "doubtful"
    assert row.problem["code"] == "journal_lost"
    turn(workspace, ended=ended(job), at=NOW + LEASE + SECOND)
    assert status(job) == "doubtful"  # a person looks


def test_a_printer_that_was_not_ready_gets_the_job_later(store, workspace, printers):
    (job,) = sent(printers["Laser"], bought(make_order(store)))
    turn(workspace)

    later = turn(workspace, ended=ended(job, "later", problem="paper_out"))

    assert later.handed is None
    assert (status(job), PrintJob.objects.get().problem["code"]) == ("waiting", "paper_out")
    assert turn(workspace, journal="j2", at=NOW + timedelta(minutes=1)).handed.job == job


def test_what_was_begun_waits_for_the_journal_that_began_it(store, workspace, printers):
    (job,) = sent(printers["Laser"], bought(make_order(store)))
    turn(workspace)
    turn(workspace, ended=ended(job, "later", problem="other", is_begun=True))

    assert turn(workspace, at=NOW + timedelta(minutes=1)).handed.job == job


@pytest.mark.parametrize(("outcome", "code"), [("doubtful", "interrupted"), ("failed", "refused")])
def test_what_was_not_printed_says_why_and_is_printed_again_when_asked(
    store, workspace, printers, outcome, code
):
    (job,) = sent(printers["Laser"], bought(make_order(store)))
    turn(workspace)
    turn(workspace, ended=ended(job, outcome, problem=code))

    row = PrintJob.objects.select_related("printer__workspace", "workspace").get()
    assert (row.status, row.problem["code"]) == (outcome, code)
    assert Event.objects.get(name="print_job.failed").data["code"] == code
    again = print_again(row, actor="ines", now=NOW + SECOND)
    assert again.again_of == row
    assert turn(workspace, at=NOW + 2 * SECOND).handed.job == again


def test_papers_of_an_erased_order_are_never_sent(store, workspace, printers):
    order, other = make_order(store, external_id="402-1"), make_order(store, external_id="402-2")
    (job,) = sent(printers["Laser"], bought(order), kinds=("slip",))
    (next_job,) = sent(printers["Laser"], bought(other), kinds=("slip",))
    erase_now(order, why="buyer", actor="ines", now=NOW)

    assert turn(workspace).handed.job == next_job

    assert status(job) == "failed"
    assert PrintJob.objects.get(pk=job.pk).problem["code"] == "erased"


def test_a_batch_keeps_its_order_in_jobs_of_a_few_parcels(store, workspace, printers):
    ids = [f"shp_{n}" for n in range(AT_ONCE + 3)]
    shipments = [Shipment(pk=pk, order=make_order(store)) for pk in ids[:1]] * len(ids)
    shipments = [Shipment(pk=pk, order=shipments[0].order) for pk in ids]

    first, second = sent(printers["Zebra"], *shipments)

    assert first.shipment_ids + second.shipment_ids == ids
    assert [job.place for job in PrintJob.objects.order_by("created_at", "place")] == [0, 1]


def test_each_kind_goes_to_the_printer_of_its_station_and_store(store, workspace, printers):
    station = Station.objects.create(workspace=workspace, name="Bench 1", created_at=NOW)
    other = make_store(store.account, DE, "Amazon DE")

    def route(kind, printer, **where):
        PrintRoute.objects.create(
            workspace=workspace, kind=kind, printer=printers[printer], **where
        )

    route(Kind.LABEL, "Laser")
    route(Kind.LABEL, "Zebra", station=station)
    route(Kind.LABEL, "Laser", station=station, store=other)
    route(Kind.SLIP, "Laser", store=store)
    here = bought(make_order(store, external_id="402-1"))
    there = bought(make_order(other, external_id="402-2"))

    def at(place):
        kinds = ("label", "slip")
        routes = Routes.at(workspace, place)
        queued = queue_papers(workspace, [here, there], kinds, routes, actor="ines", now=NOW)
        return (
            {
                (job.printer.name.split()[0], tuple(job.kinds), tuple(job.shipment_ids))
                for job in queued.jobs
            },
            queued.unrouted,
        )

    assert at(station) == (
        {
            ("Zebra", ("label",), (here.pk,)),
            ("Laser", ("slip",), (here.pk,)),
            ("Laser", ("label",), (there.pk,)),
        },
        ("slip",),
    )
    assert at(None) == (
        {("Laser", ("label", "slip"), (here.pk,)), ("Laser", ("label",), (there.pk,))},
        ("slip",),
    )
    with pytest.raises(Rejected, match="No printer"):
        queue_papers(
            workspace, [here], ("invoice",), Routes.at(workspace, None), actor="ines", now=NOW
        )


def test_only_what_waits_is_cancelled(store, workspace, printers):
    (job,) = sent(printers["Laser"], bought(make_order(store)))
    turn(workspace)

    with pytest.raises(Rejected):
        cancel_job(job, now=NOW)

    (other,) = sent(printers["Laser"], Shipment.objects.with_order().get())
    cancel_job(other, now=NOW)
    assert status(other) == "cancelled"


# The API.


def call(token, body, **changes):
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    return Client().post(
        "/api/v1/print/turn", body, content_type="application/json", **{**headers, **changes}
    )


BODY = {"agent": "bench", "journal": "j1", "printers": [{"name": "Laser"}]}


@pytest.fixture
def token(workspace):
    return make_key(workspace, "agent", ["print"], actor="t", now=clock.now()).token


def test_an_agent_gets_its_job_over_the_api(store, workspace, token, printers):
    shipment = bought(make_order(store))
    queue_at(printers["Laser"], [shipment], ("label",), actor="ines", now=clock.now())

    answer = call(token, BODY)

    job = json.loads(answer.content)["job"]
    assert (job["printer"], job["format"]) == ("Laser", "pdf")
    assert shipment.order.external_id in pages(base64.b64decode(job["content"]))[0]
    told = call(token, BODY | {"ended": [{"id": job["id"], "outcome": "printed"}]})
    assert json.loads(told.content) == {"acknowledged": [job["id"]], "job": None}


def test_only_a_key_that_may_print_gets_a_job(workspace, token):
    other = make_key(workspace, "orders", ["orders:read", "buyers:read"], actor="t", now=NOW)
    revoked = make_key(workspace, "old", ["print"], actor="t", now=NOW)
    revoke_key(revoked.row, actor="t", now=NOW)

    assert call("", BODY).status_code == 401
    assert call("pbk_nonsense", BODY).status_code == 401
    assert call(revoked.token, BODY).status_code == 401
    assert call(other.token, BODY).status_code == 403
    assert Client().get("/api/v1/print/turn").status_code == 405
    assert call(token, BODY).status_code == 200
    orders = Client().get("/api/v1/orders", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert orders.status_code == 403


def test_a_key_prints_only_for_its_own_workspace(store, workspace, printers):
    sent(printers["Laser"], bought(make_order(store)))
    elsewhere = make_account(make_workspace("Elsewhere")).workspace
    token = make_key(elsewhere, "agent", ["print"], actor="t", now=clock.now()).token

    assert json.loads(call(token, BODY).content)["job"] is None
    job = PrintJob.objects.get()
    call(token, BODY | {"ended": [{"id": job.pk, "outcome": "printed"}]})
    assert status(job) == "waiting"


@pytest.mark.parametrize(
    "body",
    [
        b"nothing",
        b"[]",
        {"agent": "bench"},
        {"agent": "", "journal": "j"},
        {"agent": "bench", "journal": "j" * 50},
        {"agent": "a\0b", "journal": "j"},
        {"agent": "bench", "journal": "j", "printers": [{"name": "x" * 101}]},
        {"agent": "bench", "journal": "j", "printers": [{"name": "x"}] * 300},
        {"agent": "bench", "journal": "j", "surprise": 1},
    ],
)
def test_what_is_no_turn_is_refused(token, body):
    answer = call(token, body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
