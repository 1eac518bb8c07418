"""Jobs: a thin face of Procrastinate. A job is only a nudge, the row is the truth."""

from packbench.jobs.deferring import defer, defer_once
from packbench.jobs.tasks import every, task

__all__ = ["defer", "defer_once", "every", "task"]
