"""`python -m packbench_sandbox`: serve until SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from typing import Any

from packbench_sandbox.sandbox import Sandbox


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line with the address when ready, then serve."""
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Sandbox(**_settings(options)) as sandbox:
        print(json.dumps({"url": sandbox.url}), flush=True)
        stop.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="packbench_sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--state", help="folder that keeps the ledger; in memory without")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--speed", type=float, default=1.0, help="sandbox seconds a second")
    parser.add_argument("--orders-per-store", type=int, default=60)
    parser.add_argument("--arrivals-per-hour", type=float, default=2.0, help="in a big store")
    parser.add_argument("--rate-scale", type=float, default=1.0)
    parser.add_argument(
        "--rate", action="append", default=[], metavar="OPERATION=RATE/BURST", type=_rate
    )
    parser.add_argument("--withhold", choices=["omit", "refuse"], default="omit")
    parser.add_argument("--settle-seconds", type=float, default=120.0)
    parser.add_argument("--commit-lag", type=float, default=0.0)
    return parser


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    settings = dict(vars(options))
    rates = dict(settings.pop("rate"))
    return {**settings, "rates": rates}


def _rate(text: str) -> tuple[str, tuple[float, float]]:
    operation, _, plan = text.partition("=")
    rate, _, burst = plan.partition("/")
    return operation, (float(rate), float(burst))


if __name__ == "__main__":
    main()
