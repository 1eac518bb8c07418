"""Logging: one line for one thing, only what we chose to log."""

import logging
import logging.config
import sys
from typing import Any

import structlog

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
]


def configure_logs(level: str) -> None:
    """Send our lines and the libraries' to standard error as JSON, one line each."""
    structlog.configure(
        processors=[*PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_logging_tree(level))


def _logging_tree(level: str) -> dict[str, Any]:
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
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {**quiet, "django.server": {"level": "WARNING"}},
    }
