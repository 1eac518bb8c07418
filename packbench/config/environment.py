"""The only reader of the environment. Everything has a default: no configuration is needed."""

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_HOME = "~/.local/share/packbench"


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
    sandbox_url: str | None  # talk to the sandbox instead of Amazon
    worker_concurrency: int
    lease_s: float  # after so long without a word, a claimed purchase or notice is looked into
    log_level: str

    @property
    def has_https(self) -> bool:
        return self.base_url.startswith("https://")


def read_environment() -> Environment:
    """Read the settings. Raises SystemExit with a sentence where one is malformed."""
    host = _text("HOST", "127.0.0.1")
    port = _number("PORT", 8000)
    return Environment(
        home=Path(_text("HOME", DEFAULT_HOME)).expanduser().absolute(),
        database_url=os.environ.get("DATABASE_URL") or None,
        host=host,
        port=port,
        base_url=_text("BASE_URL", f"http://{host}:{port}").rstrip("/"),
        allowed_hosts=tuple(filter(None, _text("ALLOWED_HOSTS", "").split(","))),
        secret_key=_text("SECRET_KEY", "") or None,
        root_key=_text("ROOT_KEY", "") or None,
        sandbox_url=_text("SANDBOX_URL", "").rstrip("/") or None,
        worker_concurrency=_number("WORKER_CONCURRENCY", 4),
        lease_s=float(_number("LEASE_S", 120)),
        log_level=_text("LOG_LEVEL", "INFO").upper(),
    )


def _text(name: str, default: str) -> str:
    return os.environ.get(f"PACKBENCH_{name}", default)


def _number(name: str, default: int) -> int:
    text = _text(name, str(default))
    if not text.isdigit():
        raise SystemExit(f"PACKBENCH_{name} must be a whole number, not {text!r}.")
    return int(text)
