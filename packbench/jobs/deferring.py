"""Deferring a job, by its name, as part of the transaction that makes it necessary."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import procrastinate
from django.db import transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued

# Inside a worker, `task.defer()` uses the worker's own connection and escapes the transaction:
# the job could run before the rows it is about are there. This app always uses Django's.
_app = procrastinate.App(connector=DjangoConnector())


def defer(name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Queue the job once for each row of arguments, if and when this transaction commits."""
    arguments = list(rows)
    if arguments:
        _app.configure_task(name, allow_unknown=True).batch_defer(*arguments)


def defer_once(name: str, *, at: datetime | None = None, **arguments: str) -> bool:
    """Queue the job unless the same one already waits. Return whether it was queued."""
    lock = ":".join([name, *arguments.values()])
    later = {"schedule_at": at} if at else {}
    job = _app.configure_task(name, queueing_lock=lock, allow_unknown=True, **later)
    try:
        with transaction.atomic():  # a savepoint: the refusal must not spoil the caller's work
            job.defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True
