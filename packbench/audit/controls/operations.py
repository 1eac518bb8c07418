"""Parts 1.6, 2.5, 2.6 and 2.7: logs, backups, updates, and what to do when it goes wrong."""

import json
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings

from packbench.audit.finding import Finding, Installation, met, not_met
from packbench.audit.registering import attested, control
from packbench.lib.sentences import marked
from packbench.privacy.chaining import broken_looks
from packbench.privacy.models import Disclosure, Retention

LOGS_AT_LEAST = timedelta(days=365)
BACKUP_AT_LEAST = timedelta(days=2)
DRILL_AT_LEAST = timedelta(days=92)
PERSONAL = ("name", "recipient", "buyer", "address", "email", "phone", "token", "secret", "message")


@control("logging.fields", "2.6", marked("Logs hold no personal data and no secret"))
def log_fields(_: Installation) -> Finding:
    suspicious = sorted(set(settings.LOG_FIELDS) & set(PERSONAL))
    if suspicious:
        return not_met(
            marked("These fields are written: %(fields)s."),
            marked("Take them out of the list in config/logs.py."),
            fields=", ".join(suspicious),
        )
    return met(
        marked("Only %(count)s named fields are ever written, none of them personal."),
        count=len(settings.LOG_FIELDS),
    )


@control("logging.kept", "2.6", marked("Logs are kept for twelve months"))
def logs_kept(_: Installation) -> Finding:
    days = sorted(path.stem for path in Path(settings.LOG_DIR).glob("*.jsonl"))
    if settings.LOGS_KEPT < LOGS_AT_LEAST or not days:
        return not_met(
            marked("There are none in %(folder)s."),
            marked("Let Packbench write to that folder, or set PACKBENCH_LOG_DIR."),
            folder=settings.LOG_DIR,
        )
    return met(
        marked("One file a day in %(folder)s, since %(first)s, each for %(days)s days."),
        folder=settings.LOG_DIR,
        first=days[0],
        days=settings.LOGS_KEPT.days,
    )


@control("logging.access", "2.6", marked("Who looked at buyers' data is written down"))
def disclosures(installation: Installation) -> Finding:
    looks = Disclosure.objects.filter(workspace_id=installation.workspace.pk)
    return met(
        marked("%(count)s entries: who, which orders, which fields, when and why."),
        count=looks.count(),
    )


@control("logging.trail", "2.6", marked("What was written down of looks was not edited"))
def trail(installation: Installation) -> Finding:
    broken = broken_looks(installation.workspace, most=20)
    if broken:
        return not_met(
            marked("%(count)s places of the chain are broken: %(first)s"),
            marked("Run packbench audit --trail for all of them, and find out who did it."),
            count=len(broken),
            first=str(broken[0]),
        )
    chained = Disclosure.objects.filter(
        workspace_id=installation.workspace.pk, position__isnull=False
    )
    return met(
        marked("A chain of %(count)s looks, each sealed with the one before, is whole."),
        count=chained.count(),
    )


@control("logging.changes", "2.6", marked("Every change is written down with who made it"))
def changes(installation: Installation) -> Finding:
    anonymous = installation.workspace.events.filter(actor="").count()
    if anonymous:
        return not_met(
            marked("%(count)s events name nobody."),
            marked("Keep this finding for the auditor and report it: it must not happen."),
            count=anonymous,
        )
    return met(
        marked("%(count)s events, each with its actor."),
        count=installation.workspace.events.count(),
    )


@control("backup.recent", "2.4", marked("There is an encrypted backup of the last two days"))
def recent_backup(installation: Installation) -> Finding:
    made_at = max((_made_at(each) for each in _manifests()), default=None)
    if made_at is None or made_at < installation.now - BACKUP_AT_LEAST:
        return not_met(
            marked("There is none in %(folder)s."),
            marked("Set PACKBENCH_BACKUP_DIR for a backup every night, or run: packbench backup"),
            folder=settings.BACKUP_DIR,
        )
    return met(marked("Of %(at)s, encrypted by age."), at=made_at.isoformat())


@control("backup.keys", "2.1", marked("Backups cannot be opened beyond the policy's time"))
def backup_keys(installation: Installation) -> Finding:
    retention = Retention.objects.filter(pk=installation.workspace.pk).first()
    days = retention.backup_days if retention else 0
    late = [
        folder.name
        for manifest in _manifests()
        if (folder := manifest.parent)
        and (folder / "order-keys.age").exists()
        and _made_at(manifest) + timedelta(days=max(days, 1)) < installation.now
    ]
    if late:
        return not_met(
            marked("The orders' keys of %(folders)s should have been forgotten."),
            marked("Run: packbench backup"),
            folders=", ".join(late),
        )
    return met(marked("The orders' keys live %(days)s days in backups."), days=days)


@control("backup.drill", "2.4", marked("A backup was tried within a quarter"))
def drilled(installation: Installation) -> Finding:
    latest = _last_drill()
    if latest is None or datetime.fromisoformat(latest["at"]) < installation.now - DRILL_AT_LEAST:
        return not_met(
            marked("No drill within 92 days."),
            marked("Run: packbench drill"),
        )
    if latest["differences"]:
        return not_met(
            marked("The drill of %(at)s found %(count)s differences."),
            marked("Write a new backup, run packbench drill again, and look into the first one."),
            at=latest["at"],
            count=latest["differences"],
        )
    return met(marked("On %(at)s: %(rows)s rows came back."), at=latest["at"], rows=latest["rows"])


@control("coding.debug", "2.5", marked("Error pages show nothing of the inside"))
def debug(_: Installation) -> Finding:
    if settings.DEBUG:
        return not_met(marked("DEBUG is on."), marked("Turn it off."))
    return met(marked("DEBUG is off; exceptions are logged by type and place only."))


@control("coding.libraries", "2.7", marked("Every library has a fixed version and a known hash"))
def libraries(_: Installation) -> Finding:
    shown = ("django", "cryptography", "psycopg", "httpx", "pillow")
    return met(
        marked("Locked by hash when Packbench is set up: %(libraries)s."),
        libraries=", ".join(f"{name} {metadata.version(name)}" for name in shown),
    )


@control("coding.csrf", "2.5", marked("Forms are protected against forgery"))
def forgery(_: Installation) -> Finding:
    if "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE:
        return met(marked("Each form carries a token; cookies stay on this site."))
    return not_met(marked("The protection is off."), marked("Restore MIDDLEWARE as it is shipped."))


attested(
    "incidents.plan",
    "1.6",
    marked("There is a plan for security incidents, looked through every six months"),
    todo=marked(
        "Say where the plan is: it names who does what, and security@amazon.com within 24 hours."
    ),
    days=183,
)
attested(
    "incidents.contact",
    "1.6",
    marked("An incident contact is named to Amazon"),
    todo=marked("Name the person that Solution Provider Portal shows as contact for incidents."),
    days=365,
)
attested(
    "logging.review",
    "2.6",
    marked("Logs are looked through every two weeks"),
    todo=marked(
        "Look through the logs and Settings › Personal data › Who looked. Then say so here."
    ),
    days=14,
)
attested(
    "vulnerabilities.scan",
    "2.7",
    marked("This machine is scanned for vulnerabilities every 30 days"),
    todo=marked(
        "Scan the machine (for example by OpenVAS or your provider) and say what was found."
    ),
    days=30,
)
attested(
    "vulnerabilities.patches",
    "2.7",
    marked("Critical updates are installed within 7 days, others within 30"),
    todo=marked("Say how the system and Packbench are updated, for example unattended-upgrades."),
    days=92,
)
attested(
    "vulnerabilities.penetration",
    "2.7",
    marked("A penetration test is done every year"),
    todo=marked("Say who tested last and what was mended."),
    days=365,
)
attested(
    "risk.assessment",
    "1.6",
    marked("Risks are assessed every year"),
    todo=marked("Say when you last went through the risks, and with whom."),
    days=365,
)
attested(
    "subcontractors",
    "1.6",
    marked("Whoever else gets buyers' data (carriers, hosters) was assessed"),
    todo=marked("List them, and say what each may do with the data."),
    days=365,
)


def _manifests() -> list[Path]:
    return list(Path(settings.BACKUP_DIR).glob("20*/manifest.json"))


def _made_at(manifest: Path) -> datetime:
    return datetime.fromisoformat(json.loads(manifest.read_text())["made_at"])


def _last_drill() -> dict[str, Any] | None:
    try:
        lines = (Path(settings.BACKUP_DIR) / "drills.jsonl").read_text().splitlines()
        found: dict[str, Any] = json.loads(lines[-1])
    except (OSError, IndexError, ValueError):
        return None
    return found
