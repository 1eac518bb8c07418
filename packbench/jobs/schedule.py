"""What runs by the clock: the sweeps that find unfinished rows, and the worker's own upkeep."""

import procrastinate
from procrastinate import JobContext

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
            await manager.retry_job(job)

    @app.periodic(cron="17 * * * *")
    @app.task(name="jobs.forget_finished", pass_context=True)
    async def forget_finished(context: JobContext, timestamp: int) -> None:
        await context.app.job_manager.delete_old_jobs(
            nb_hours=KEEP_FINISHED_H, include_failed=True, include_cancelled=True
        )
