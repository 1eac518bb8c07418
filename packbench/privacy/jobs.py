"""Jobs: the keys' upkeep."""

from packbench.jobs import every, task
from packbench.lib import clock
from packbench.privacy.rotating import follow_replaced_keys


@every("* * * * * 30")
@task("privacy.follow_replaced_keys")
def follow(timestamp: int) -> None:
    follow_replaced_keys(now=clock.now())
