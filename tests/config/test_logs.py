"""Logs: only named fields, no typed addresses, a file a day, kept for more than a year."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from packbench.config.logs import KEPT, DailyFiles, leave_out_addresses

NAME = "Xanthippe Quexwold"


@pytest.mark.parametrize(
    ("logger", "said", "kept"),
    [
        ("django.request", f"Not Found: /orders/{NAME}", "Not Found"),
        ("django.security.DisallowedHost", f"Invalid HTTP_HOST header: '{NAME}'", None),
        ("axes.watch_login", f"AXES: Repeated login failure by {NAME}", "AXES"),
        ("packbench.orders", "imported", "imported"),
    ],
)
def test_what_a_browser_sent_is_left_out(logger, said, kept):
    line = leave_out_addresses(None, "", {"logger": logger, "event": said})

    assert NAME not in line["event"]
    assert line["event"] == (kept or "Invalid HTTP_HOST header")


def record(at):
    made = logging.makeLogRecord({"msg": f"line of {at:%H:%M}", "levelno": 20})
    made.created = at.timestamp()
    return made


def test_each_day_has_a_private_file_and_old_ones_go_after_a_year(tmp_path):
    now = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    for day in ("2025-10-15", "2025-10-17"):
        (tmp_path / f"{day}.jsonl").write_text("{}\n")
    files, other = DailyFiles(tmp_path), DailyFiles(tmp_path)

    for handler, at in ((files, now), (other, now), (files, now + timedelta(minutes=2))):
        handler.emit(record(at))

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["2025-10-17.jsonl", "2026-11-20.jsonl", "2026-11-21.jsonl"]
    assert timedelta(days=365) <= KEPT
    assert (tmp_path / "2026-11-20.jsonl").read_text().splitlines() == ["line of 23:59"] * 2
    assert (tmp_path / "2026-11-21.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "logs").write_text("not a folder")

    DailyFiles(tmp_path / "logs").emit(record(datetime(2026, 11, 20, tzinfo=UTC)))
