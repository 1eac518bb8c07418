"""Logging: one line for one thing, only what we chose to log."""

import logging
import logging.config
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

KEPT = timedelta(days=400)  # Amazon's data protection policy: twelve months at least
# An allow-list, not a scrub-list: a field that is not here is not written.
FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "operation",
        "status",
        "request_id",
        "duration_ms",
        "region",
        "account_id",
        "order_id",
        "external_order_id",
        "shipment_id",
        "label_id",
        "notice_id",
        "store_id",
        "batch_id",
        "import_id",
        "code",
        "reason",
        "count",
        "skipped",
        "carrier",
        "service",
        "host",
        "attempt",
        "retry_in_s",
        "job",
        "task",
        "exception_type",
        "where",
        "port",
        "pid",
    }
)

# What these say ends with a colon and what a browser sent.
TYPED = ("django.", "axes")


def keep_listed_fields(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name in FIELDS}


def name_the_exception(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
    """Replace a traceback by its type and place: messages and locals may hold anything."""
    info = line.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        line["exception_type"] = type(error).__name__
        line["where"] = _place(error)
    return line


def leave_out_addresses(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
    """Of a request say what became of it, not its address: people type names into those, too."""
    if str(line.get("logger", "")).startswith(TYPED):
        line["event"] = str(line.get("event", "")).split(":")[0]
    return line


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""


PROCESSORS: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    name_the_exception,
    leave_out_addresses,
]


class DailyFiles(logging.Handler):
    """One file a day, as JSON lines; files older than KEPT go. Several processes may share it.

    Each line is appended by one write. Where the disk is full the line is on standard error still.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self._day, self._file = folder, "", -1

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = f"{self.format(record)}\n".encode()
            day = datetime.fromtimestamp(record.created, UTC).date().isoformat()
            if day != self._day:
                self._begin(day)
            os.write(self._file, line)
        except OSError:
            return

    def _begin(self, day: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._file >= 0:
            os.close(self._file)
        path = self.folder / f"{day}.jsonl"
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._day = day
        oldest = (date.fromisoformat(day) - KEPT).isoformat()
        for old in self.folder.glob("*.jsonl"):
            if old.stem < oldest:
                old.unlink(missing_ok=True)


def configure_logs(level: str, folder: Path) -> None:
    """Send our lines and the libraries' to standard error and to daily files, as JSON lines."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_logging_tree(level, folder))


def _logging_tree(level: str, folder: Path) -> dict[str, Any]:
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            keep_listed_fields,
            structlog.processors.JSONRenderer(),
        ],
        "foreign_pre_chain": PROCESSORS,
    }
    quiet = {name: {"level": "WARNING"} for name in ("httpx", "httpcore", "procrastinate", "axes")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
            "files": {"()": DailyFiles, "folder": folder, "formatter": "json"},
        },
        "root": {"handlers": ["stderr", "files"], "level": level},
        "loggers": {**quiet, "django.server": {"level": "WARNING"}},
    }
