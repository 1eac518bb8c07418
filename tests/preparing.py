"""One private PostgreSQL for all tests; Django is told of it before it wakes up."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def prepare():
    from packbench.config import embedded

    home = ROOT / ".cache" / "tests"
    os.environ["PACKBENCH_HOME"] = str(home)
    os.environ.pop("PACKBENCH_SANDBOX_URL", None)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = embedded.ensure_running(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "packbench.config.settings"


prepare()
