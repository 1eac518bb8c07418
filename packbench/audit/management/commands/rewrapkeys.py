"""The database's part of `packbench rotate-keys`."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from packbench.accounts.models import Workspace
from packbench.events.recording import record
from packbench.lib import clock
from packbench.privacy.rotating import (
    follow_replaced_keys,
    replace_workspace_key,
    rewrap_by_root,
)


class Command(BaseCommand):
    help = "Wrap the workspaces' keys by the newest root key, after giving each a new one."

    def handle(self, *args: Any, **options: Any) -> None:
        for workspace in Workspace.objects.order_by("id"):
            now = clock.now()
            with transaction.atomic():
                replace_workspace_key(workspace, now=now)
                record("keys.rotated", workspace.pk, actor="packbench", now=now)
        wrapped = 0
        while count := follow_replaced_keys(now=clock.now()):
            wrapped += count
            self.stdout.write(f"{wrapped} orders' keys wrapped anew")
        count = rewrap_by_root()
        self.stdout.write(f"{count} keys wrapped by the newest root key")
