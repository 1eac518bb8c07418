"""The only reader of the environment. Everything has a default: no configuration is needed."""

import os
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

DEFAULT_HOME = "~/.local/share/packbench"
KEY_STORE = "keys/orders.sqlite3"  # below the home
TARGETS = "health_targets.json"  # below the home
KARRIO_PYTHON = "karrio/bin/python"  # below the home
SMTP_PORTS = {"smtp": 587, "smtps": 465}
BAD_SMTP_URL = (
    "PACKBENCH_SMTP_URL must look like smtp://user:password@mail.example.com:587 or smtps://…"
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mails are handed over. With a password the connection is encrypted before it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    is_encrypted: bool = False  # from the first byte

    @property
    def has_starttls(self) -> bool:
        return bool(self.password) and not self.is_encrypted


@dataclass(frozen=True, slots=True)
class Environment:
    """What the operator may set, each as `PACKBENCH_…` (docs/help/en/settings.md)."""

    home: Path
    database_url: str | None  # None: the embedded PostgreSQL under `home`
    host: str
    port: int
    base_url: str  # as people's browsers see the desk; the OAuth redirect URI begins with it
    allowed_hosts: tuple[str, ...]
    secret_key: str | None
    root_key: str | None
    old_root_key: str | None  # while it is being replaced
    key_store: Path  # of the orders' keys: in no backup of the database
    sandbox_url: str | None  # talk to the sandbox instead of Amazon
    karrio_python: Path  # the interpreter of the environment that Karrio is installed in
    worker_concurrency: int
    mail_server: MailServer | None  # None: no e-mails, the desk's banners must do
    mail_from: str
    backup_dir: Path
    archive_dir: Path  # files that nobody on this machine can open
    backup_recipients: tuple[str, ...]  # age; none: an identity of this machine's own
    backup_days: int  # how long whole backups are kept
    has_nightly_backup: bool
    health_targets: Path  # what Amazon demands, where the operator's own file says it
    lease_s: float  # after so long without a word, a claimed purchase or notice is looked into
    log_level: str
    log_dir: Path

    @property
    def has_https(self) -> bool:
        return self.base_url.startswith("https://")


def read_environment() -> Environment:
    """Read the settings. Raises SystemExit with a sentence where one is malformed."""
    host = _text("HOST", "127.0.0.1")
    port = _number("PORT", 8000)
    mail_server = _mail_server(_text("SMTP_URL", ""))
    home = Path(_text("HOME", DEFAULT_HOME)).expanduser().absolute()
    backup_dir = _text("BACKUP_DIR", "")
    key_store = _text("KEY_STORE", "")
    log_dir = _text("LOG_DIR", "")
    archive_dir = _text("ARCHIVE_DIR", "")
    return Environment(
        home=home,
        database_url=os.environ.get("DATABASE_URL") or None,
        host=host,
        port=port,
        base_url=_text("BASE_URL", f"http://{host}:{port}").rstrip("/"),
        allowed_hosts=tuple(filter(None, _text("ALLOWED_HOSTS", "").split(","))),
        secret_key=_text("SECRET_KEY", "") or None,
        root_key=_text("ROOT_KEY", "") or None,
        old_root_key=_text("ROOT_KEY_OLD", "") or None,
        key_store=Path(key_store).expanduser().absolute() if key_store else home / KEY_STORE,
        sandbox_url=_text("SANDBOX_URL", "").rstrip("/") or None,
        karrio_python=Path(_text("KARRIO_PYTHON", str(home / KARRIO_PYTHON))).expanduser(),
        worker_concurrency=_number("WORKER_CONCURRENCY", 4),
        mail_server=mail_server,
        mail_from=_mail_from(_text("MAIL_FROM", ""), mail_server),
        backup_dir=Path(backup_dir).expanduser().absolute() if backup_dir else home / "backups",
        archive_dir=Path(archive_dir).expanduser().absolute() if archive_dir else home / "archive",
        backup_recipients=tuple(filter(None, _text("BACKUP_RECIPIENTS", "").split(","))),
        backup_days=_number("BACKUP_DAYS", 30),
        has_nightly_backup=bool(backup_dir),
        health_targets=Path(_text("HEALTH_TARGETS", str(home / TARGETS))).expanduser().absolute(),
        lease_s=float(_number("LEASE_S", 120)),
        log_level=_text("LOG_LEVEL", "INFO").upper(),
        log_dir=Path(log_dir).expanduser().absolute() if log_dir else home / "logs",
    )


def _text(name: str, default: str) -> str:
    return os.environ.get(f"PACKBENCH_{name}", default)


def _number(name: str, default: int) -> int:
    text = _text(name, str(default))
    if not text.isdigit():
        raise SystemExit(f"PACKBENCH_{name} must be a whole number, not {text!r}.")
    return int(text)


def _mail_server(url: str) -> MailServer | None:
    """Read the URL. What is wrong with it is said without it: it holds a password."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        usual = SMTP_PORTS[parts.scheme]
        port = parts.port or usual
    except (ValueError, KeyError):
        raise SystemExit(BAD_SMTP_URL) from None
    if not parts.hostname or bool(parts.username) != bool(parts.password):
        raise SystemExit(BAD_SMTP_URL)
    return MailServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_encrypted=parts.scheme == "smtps",
    )


def _mail_from(given: str, server: MailServer | None) -> str:
    """The sender: as given, else the user at the mail server where that is an address."""
    sender = given or (server.user if server else "")
    if server and "@" not in parseaddr(sender)[1]:
        raise SystemExit("PACKBENCH_MAIL_FROM must be an e-mail address, such as desk@example.com.")
    return sender
