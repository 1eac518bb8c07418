"""`packbench audit --dpp`: Amazon's policy held against this installation."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from packbench.accounts.models import Workspace
from packbench.audit.auditing import Report, audit
from packbench.audit.printing import as_json, as_pdf, as_text
from packbench.lib import clock
from packbench.privacy.chaining import broken_looks

WHOLE = "The chain of looks is whole: nothing was changed, moved or taken out."


class Command(BaseCommand):
    help = "Hold Amazon's Data Protection Policy against this installation. 1 where it falls short."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dpp", action="store_true", help="the Data Protection Policy")
        parser.add_argument("--trail", action="store_true", help="only: who looked, unedited?")
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--pdf", type=Path, metavar="FILE", help="for the auditor")
        parser.add_argument("--workspace", help="its name, where there are several")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = _workspace(options["workspace"])
        if options["trail"]:
            broken = broken_looks(workspace)
            self.stdout.write("\n".join(map(str, broken)) or WHOLE)
            sys.exit(1 if broken else 0)
        report = audit(workspace, now=clock.now())
        if options["pdf"]:
            options["pdf"].write_bytes(as_pdf(report))
        self.stdout.write(_printed(report, is_json=options["json"]))
        sys.exit(0 if report.is_good else 1)


def _printed(report: Report, *, is_json: bool) -> str:
    return as_json(report) if is_json else as_text(report)


def _workspace(name: str | None) -> Workspace:
    found = Workspace.objects.filter(name=name) if name else Workspace.objects.all()
    if found.count() != 1:
        names = ", ".join(Workspace.objects.values_list("name", flat=True))
        raise CommandError(f"Name the workspace with --workspace: {names or 'there is none yet'}.")
    return found.get()
