"""What runs by the clock: the sweeps that find unfinished rows, and the worker's own upkeep."""

import procrastinate
from procrastinate import JobContext
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

STALLED_AFTER_S = 20
KEEP_FINISHED_H = 48


def register(app: procrastinate.App) -> None:
    """Add the worker's upkeep. Each package registers its sweeps beside its jobs."""

    @app.periodic(cron="* * * * * */20")
    @app.task(name="jobs.retry_stalled", pass_context=True)
    async def retry_stalled(context: JobContext, timestamp: int) -> None:
        """Give the jobs of a worker that died to another one."""
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
            try:
                await manager.retry_job(job)
            except UniqueViolation:  # the same job waits already
                await manager.finish_job(job, Status.ABORTED, delete_job=False)

    @app.periodic(cron="17 * * * *")
    @app.task(name="jobs.forget_finished", pass_context=True)
    async def forget_finished(context: JobContext, timestamp: int) -> None:
        await context.app.job_manager.delete_old_jobs(
            nb_hours=KEEP_FINISHED_H, include_failed=True, include_cancelled=True
        )
