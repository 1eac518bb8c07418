"""The worker's own upkeep: what a dead worker left is given to another one."""

from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from packbench.jobs import defer_once

pytestmark = pytest.mark.django_db(transaction=True)

RETRY = "jobs.retry_stalled"


@pytest.fixture(autouse=True)
def empty_queue():
    """Procrastinate's tables are not emptied after a test that commits."""
    ProcrastinateJob.objects.all().delete()
    yield
    ProcrastinateJob.objects.all().delete()


def die_over(**arguments):
    """Queue the job and let a worker, of which nothing is heard any more, begin it."""
    defer_once("orders.import_account", **arguments)
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'doing' where status = 'todo'")


def statuses():
    rows = ProcrastinateJob.objects.filter(task_name="orders.import_account").order_by("id")
    return [(row.args["account_id"], row.status) for row in rows]


def test_a_job_that_waits_again_already_keeps_no_other_from_being_retried():
    for account_id in ("sac_1", "sac_2", "sac_3"):
        die_over(account_id=account_id)
    defer_once("orders.import_account", account_id="sac_1")

    async_to_sync(app.tasks[RETRY].func)(SimpleNamespace(app=app), timestamp=0)

    assert statuses() == [
        ("sac_1", "aborted"),
        ("sac_2", "todo"),
        ("sac_3", "todo"),
        ("sac_1", "todo"),
    ]
