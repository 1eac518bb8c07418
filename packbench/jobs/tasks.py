"""What a job is: a task with ids for arguments, repeated where nothing has happened yet."""

from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from packbench.lib.errors import TemporaryError

# Verbs write down what must be tried again and when; this only bridges short gaps.
RETRY = RetryStrategy(
    max_attempts=5,
    exponential_wait=3,
    retry_exceptions={TemporaryError, OperationalError, InterfaceError},
)


def task(name: str) -> Callable[[Callable[..., None]], Task[Any, Any, Any]]:
    """Register a function as the job `name`; its arguments are ids, its body one call."""
    return app.task(name=name, retry=RETRY)


def every(cron: str) -> Callable[[Task[Any, Any, Any]], Task[Any, Any, Any]]:
    """Run the job by the clock (cron, with seconds as sixth field), once whatever the workers."""
    return app.periodic(cron=cron)
