"""The nightly backup, where the operator named a folder for it."""

import os

import structlog

from packbench.backup.commanding import back_up
from packbench.backup.errors import BackupError
from packbench.config.environment import read_environment
from packbench.jobs import every, task
from packbench.lib import clock

log = structlog.get_logger("backup")


@every("40 2 * * *")
@task("backup.nightly")
def nightly(timestamp: int) -> None:
    environment = read_environment()
    if not environment.has_nightly_backup:
        return
    try:
        back_up(environment, os.environ["DATABASE_URL"], now=clock.now())
    except BackupError as error:
        log.error("backup.failed", reason=str(error))
