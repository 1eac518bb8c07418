"""One private PostgreSQL for all tests; Django is told of it before it wakes up."""

import os

from tests.cluster import HOME, database_url


def prepare():
    os.environ["PACKBENCH_HOME"] = str(HOME)
    os.environ.pop("PACKBENCH_SANDBOX_URL", None)
    os.environ["DATABASE_URL"] = database_url()
    os.environ["DJANGO_SETTINGS_MODULE"] = "packbench.config.settings"


prepare()
