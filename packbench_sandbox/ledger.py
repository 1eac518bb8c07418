"""What outsiders did: an append-only list of effects, the oracle of every test."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Ledger:
    """Append effects and answer questions about them; a folder makes them survive a kill."""

    def __init__(self, folder: str | Path | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._by_kind: defaultdict[str, list[Entry]] = defaultdict(list)
        self._file = None
        if folder is not None:
            path = Path(folder) / "ledger.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            for entry in _read_and_repair(path):
                self._keep(entry)
            self._file = path.open("a", encoding="utf-8")

    def open(self, *, epoch: float, **facts: Any) -> Entry:
        """The header. What an earlier process wrote holds; else the given one is written."""
        if not self._entries:
            self.append("sandbox.opened", at=epoch, epoch=epoch, **facts)
        return self._entries[0]

    def append(self, kind: str, *, at: float, **facts: Any) -> Entry:
        """Write down one effect before anybody is answered. Survives SIGKILL, not a power cut."""
        entry = {"kind": kind, "at": at, **facts}
        with self._lock:
            entry["number"] = len(self._entries)
            self._keep(entry)
            if self._file:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self._file.flush()
        return entry

    def entries(self, kind: str | None = None, **facts: Any) -> list[Entry]:
        """All effects of a kind (a kind ending in a dot is a family) with these facts."""
        with self._lock:
            is_family = kind is None or kind.endswith(".")
            entries = list(self._entries if is_family else self._by_kind[kind or ""])
        return [entry for entry in entries if _matches(entry, kind, facts)]

    def count(self, kind: str | None = None, **facts: Any) -> int:
        if kind is None and not facts:
            return len(self._entries)
        return len(self.entries(kind, **facts))

    def confirmations(self, order_id: str | None = None) -> list[Entry]:
        """Accepted confirmShipment calls, first ones and edits, in order of arrival."""
        return self.entries("shipment.", **({"order_id": order_id} if order_id else {}))

    def labels(self, reference: str | None = None) -> list[Entry]:
        """Labels that the carrier sold, voided ones included."""
        return self.entries("label.sold", **({"reference": reference} if reference else {}))

    def _keep(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._by_kind[entry["kind"]].append(entry)

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


def _matches(entry: Entry, kind: str | None, facts: dict[str, Any]) -> bool:
    if kind is not None:
        same = entry["kind"].startswith(kind) if kind.endswith(".") else entry["kind"] == kind
        if not same:
            return False
    return all(entry.get(name) == value for name, value in facts.items())


def _read_and_repair(path: Path) -> list[Entry]:
    """The entries of a ledger file; a last line that a kill tore is cut off the file."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    return [json.loads(line) for line in whole.splitlines()]
