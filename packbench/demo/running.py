"""Run the demo: sandbox, desk and worker; connect, import, label, print, confirm, report."""

import argparse
import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from packbench.config import embedded
from packbench.config.environment import read_environment
from packbench.demo.browsing import NoSuchForm
from packbench.demo.connecting import (
    EMAIL,
    PASSWORD,
    connect,
    register_redirect,
    sign_in,
    told_twice,
)
from packbench.demo.processes import NotUp, desk, free_port, sandbox

if TYPE_CHECKING:
    from packbench.demo.working import Report

SETTINGS = "packbench.config.settings"
ORDERS_PER_STORE = 90


def run(words: list[str]) -> int:
    """Show the main job; leave the desk running until Ctrl-C, or end at once with `--exit`.

    With `--exit` the code is 1 if anything that should have shipped did not.
    """
    options = _parser().parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    home = read_environment().home / "demo"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with (
            embedded.running(home) as database_url,
            sandbox(home, orders_per_store=options.orders_per_store) as sandbox_url,
        ):
            variables = _variables(home, database_url, sandbox_url)
            with desk(home, variables):
                return _show(home, variables, stay=not options.exit)
    except (NotUp, NoSuchForm, httpx.HTTPError) as error:
        print(error, file=sys.stderr)
        return 1


def _show(home: Path, variables: Mapping[str, str], *, stay: bool) -> int:
    os.environ.update(variables)
    import django

    django.setup()
    from packbench.accounts.models import Member
    from packbench.demo.working import TookTooLong, work
    from packbench.lib import clock

    since = clock.now()
    base_url, sandbox_url = variables["PACKBENCH_BASE_URL"], variables["PACKBENCH_SANDBOX_URL"]
    browser = sign_in(base_url)
    member = Member.objects.select_related("workspace__key").filter(person__email=EMAIL).first()
    if member is None:
        raise NotUp("The desk was not set up.")
    workspace = member.workspace
    if workspace.stores.exists():
        workspace.seller_accounts.update(next_import_at=since)
    else:
        application = register_redirect(sandbox_url, base_url)
        connect(browser, base_url, application, sandbox_url)
    try:
        report = work(workspace, home, actor=member.person_id, since=since)
    except TookTooLong as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    report.told_twice = told_twice(sandbox_url)
    _print_report(report, base_url, sandbox_url)
    if stay:
        _stay()
    return 0 if report.is_complete else 1


def _variables(home: Path, database_url: str, sandbox_url: str) -> dict[str, str]:
    port = free_port(read_environment().port)
    return {
        "PACKBENCH_HOME": str(home),
        "PACKBENCH_HOST": "127.0.0.1",
        "PACKBENCH_PORT": str(port),
        "PACKBENCH_BASE_URL": f"http://127.0.0.1:{port}",
        "PACKBENCH_SANDBOX_URL": sandbox_url,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
    }


def _print_report(report: "Report", base_url: str, sandbox_url: str) -> None:
    print(
        f"""
  Stores      {", ".join(report.stores)}
  Orders      {report.imported} imported now, {report.orders} in all
  Skipped     {report.skipped.total()}{_counts(report.skipped)}
  Not ready   {report.blocked.total()}{_counts(report.blocked)}
  Labels      {report.labels} of {report.asked} bought; printed to {report.printout or "nothing"}
  Confirmed   {report.confirmed}
  Refused     {len(report.refused)}{_list(report.refused)}
  Told twice  {len(report.told_twice)} by Amazon's own ledger{_list(report.told_twice)}
  Left over   {len(report.unshipped)}{_list(report.unshipped)}

  The desk    {base_url}
  Sign in     {EMAIL}
  Password    {PASSWORD}
  Amazon      {sandbox_url}/sellercentral/ES/apps/manage (the sandbox)
""",
        flush=True,
    )


def _counts(counter: Counter[str]) -> str:
    parts = [f"{reason} {count}" for reason, count in counter.most_common()]
    return f" ({', '.join(parts)})" if parts else ""


def _list(lines: list[str]) -> str:
    return "".join(f"\n              {line}" for line in lines)


def _stay() -> None:
    print("  Running until you press Ctrl-C.", flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="packbench demo", description=run.__doc__)
    parser.add_argument("--exit", action="store_true", help="end after the summary")
    parser.add_argument(
        "--orders-per-store", type=int, default=ORDERS_PER_STORE, help="how busy the shop is"
    )
    return parser
