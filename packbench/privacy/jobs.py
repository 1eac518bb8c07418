"""Jobs: the keys' upkeep."""

from typing import Any

from django.apps import apps

from packbench.jobs import every, task
from packbench.lib import clock
from packbench.privacy.chaining import chain_looks, unchained
from packbench.privacy.rotating import follow_replaced_keys
from packbench.privacy.tidying import tidy_keys


@every("* * * * * 30")
@task("privacy.follow_replaced_keys")
def follow(timestamp: int) -> None:
    follow_replaced_keys(now=clock.now())


@every("* * * * * */15")
@task("privacy.chain_looks")
def chain(timestamp: int) -> None:
    model: Any = apps.get_model("accounts", "Workspace")
    for workspace in model.objects.select_related("key").filter(pk__in=unchained()):
        while chain_looks(workspace, now=clock.now()):
            continue


@every("25 3 * * *")
@task("privacy.tidy_keys")
def tidy(timestamp: int) -> None:
    tidy_keys(now=clock.now())
