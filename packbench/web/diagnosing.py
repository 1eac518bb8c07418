"""Diagnosing: what somebody who helps must know, without secrets and personal data (SEED-29).

Everything is picked by name. What is not named here is not in the bundle: no names, no addresses,
no e-mail, no order numbers, no words of Amazon's, no keys.
"""

import io
import platform
import zipfile
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet

from packbench.accounts.models import Workspace
from packbench.channels.models import QuotaBucket, SellerAccount

MOST_EVENTS = 200
MOST_RUNS = 100
MOST_FAULTS = 200
MOST_JOBS = 200
PACKAGES = ("django", "httpx", "msgspec", "procrastinate", "psycopg", "pypdfium2", "reportlab")
# Settings that hold no secret; of addresses only whether they are there.
SETTINGS = ("LEASE_S", "TIME_ZONE", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_AGE")
OF_EVENTS = frozenset({"code", "request_id", "count", "fields", "account_id", "import_id"})
ABOUT = """Packbench diagnostics

versions.json   Packbench, Python, PostgreSQL and the libraries
settings.json   settings, without secrets and addresses
accounts.json   seller accounts and stores: their states, no names and no keys
imports.json    the latest imports: what they brought
counts.json     how many orders, parcels, notices and jobs are in which state
events.json     the latest 200 events: names, ids and codes
faults.json     refusals of Amazon that nobody has explained yet
quotas.json     what is left of Amazon's quotas

There is nobody's name, address, e-mail or order number in here, and no secret. Packbench keeps no
log of its own: it writes to standard error, where the last lines before a fault help as well.
"""

Facts = dict[str, Any]


def pack_diagnostics(workspace: Workspace, *, now: datetime) -> bytes:
    """Return the bundle as a zip file."""
    parts: dict[str, Any] = {
        "versions.json": _versions(now),
        "settings.json": _settings(),
        "accounts.json": [_account(each) for each in _accounts(workspace)],
        "imports.json": _imports(workspace),
        "counts.json": _counts(workspace),
        "events.json": _events(workspace),
        "faults.json": _faults(workspace),
        "quotas.json": _quotas(workspace),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", ABOUT)
        for name, facts in parts.items():
            bundle.writestr(name, msgspec.json.format(msgspec.json.encode(facts), indent=1))
    return file.getvalue()


def _versions(now: datetime) -> Facts:
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        row = cursor.fetchone()
    return {
        "made_at": now,
        "packbench": _version("packbench"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "postgresql": row[0] if row else "",
        **{name: _version(name) for name in PACKAGES},
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "source"


def _settings() -> Facts:
    return {
        **{name: getattr(settings, name) for name in SETTINGS},
        "has_https": str(settings.BASE_URL).startswith("https://"),
        "has_sandbox": bool(settings.SANDBOX_URL),
    }


def _accounts(workspace: Workspace) -> QuerySet[SellerAccount]:
    return workspace.seller_accounts.prefetch_related("stores").order_by("id")


def _account(account: SellerAccount) -> Facts:
    return {
        **_picked(
            account,
            "id",
            "region",
            "way",
            "status",
            "authorized_at",
            "expires_at",
            "ended_at",
            "checked_at",
            "marketplace_ids",
            "withheld",
            "imported_until",
            "imported_at",
            "next_import_at",
            "import_claimed_until",
        ),
        "status_reason": _problem(account.status_reason),
        "import_error": _problem(account.import_error),
        "findings": [_finding(each) for each in account.findings],
        "stores": [
            _picked(
                store,
                "id",
                "marketplace_id",
                "feedback",
                "has_amazon_fulfilled",
                "history_days",
                "paused_at",
                "backfilled_at",
                "read_from",
                "polled_at",
            )
            for store in account.stores.all()
        ],
    }


def _imports(workspace: Workspace) -> list[Facts]:
    runs = workspace.import_runs.order_by("-started_at", "-id")[:MOST_RUNS]
    return [
        _picked(
            run,
            "id",
            "account_id",
            "store_id",
            "started_at",
            "finished_at",
            "created_after",
            "updated_after",
            "read_until",
            "pages",
            "created_count",
            "changed_count",
            "skipped_count",
            "lacks_packages",
        )
        for run in runs
    ]


def _counts(workspace: Workspace) -> Facts:
    problems: dict[str, int] = {}
    for codes in workspace.orders.filter(has_problems=True).values_list("problems", flat=True):
        for code in codes:
            problems[code] = problems.get(code, 0) + 1
    return {
        "orders": _by(workspace.orders.all(), "status"),
        "orders_with_problem": problems,
        "shipments": _by(workspace.shipments.all(), "status"),
        "notices": _by(workspace.notices.all(), "status"),
        "skipped_orders": _by(workspace.skips.all(), "reason"),
        "products": workspace.products.count(),
        "products_without_weight": workspace.products.without_weight().count(),
        "jobs": _jobs(),
    }


def _by(rows: QuerySet[Any], name: str) -> dict[str, int]:
    counted = rows.order_by().values_list(name).annotate(count=Count("pk"))
    return {str(value): count for value, count in counted}


def _jobs() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select task_name || ' ' || status, count(*) from procrastinate_jobs "
            "group by 1 order by 2 desc limit %s",
            [MOST_JOBS],
        )
        return dict(cursor.fetchall())


def _events(workspace: Workspace) -> list[Facts]:
    """The latest events; of their data only what is a code, a number or an id of ours."""
    rows = workspace.events.order_by("-at", "-id")[:MOST_EVENTS]
    return [
        {
            **_picked(row, "name", "at", "order_id", "shipment_id", "store_id"),
            "actor": "person" if row.actor.startswith("per_") else row.actor,
            "data": {name: value for name, value in row.data.items() if name in OF_EVENTS},
        }
        for row in rows
    ]


def _faults(workspace: Workspace) -> list[Facts]:
    rows = workspace.unknown_faults.order_by("-last_seen_at", "-id")[:MOST_FAULTS]
    names = ("operation", "code", "request_id", "count", "first_seen_at", "last_seen_at")
    return [_picked(row, *names) for row in rows]


def _quotas(workspace: Workspace) -> list[Facts]:
    """The buckets of this workspace's sellers; their keys hold no seller id here."""
    sellers = workspace.seller_accounts.values_list("seller_id", "region", "id")
    found = []
    for seller_id, region, account_id in sellers:
        part = f":{region}:{seller_id}:"
        for bucket in QuotaBucket.objects.filter(key__contains=part).order_by("key"):
            facts = _picked(bucket, "tokens", "rate", "filled_at")
            found.append(
                {"account_id": account_id, "operation": bucket.key.split(part)[1], **facts}
            )
    return found


def _problem(stored: Mapping[str, Any] | None) -> Facts | None:
    """Code and request id; never the sentence, which may quote Amazon."""
    if not stored:
        return None
    return {name: stored.get(name, "") for name in ("code", "request_id")}


def _finding(line: Mapping[str, Any]) -> Facts:
    return {name: line.get(name) for name in ("check", "state", "code", "request_id", "ms")}


def _picked(row: Any, *names: str) -> Facts:
    return {name: getattr(row, name) for name in names}
