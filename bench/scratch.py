"""A database of the benchmarks' own, and the names of figures."""

import os
import platform
from contextlib import contextmanager

from tests.cluster import HOME, database_url
from tests.proofs.scratch import scratch_database


def machine():
    """One line on what was measured."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


@contextmanager
def django_on_scratch():
    """Give Django an empty, migrated database that is dropped afterwards."""
    os.environ["PACKBENCH_HOME"] = str(HOME)
    os.environ["DJANGO_SETTINGS_MODULE"] = "packbench.config.settings"
    os.environ["PACKBENCH_LOG_LEVEL"] = "ERROR"
    cluster = database_url()
    with scratch_database(cluster) as url:
        os.environ["DATABASE_URL"] = url
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
        from django.db import connection

        connection.close()


def show(name, value, unit, *, at_least=None, at_most=None):
    """Print a figure beside its goal. Returns whether it is met."""
    is_met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    goal = f"≥ {at_least:g}" if at_least is not None else f"≤ {at_most:g}"
    print(f"{'ok  ' if is_met else 'MISS'} {name}: {value:,.1f} {unit} (goal {goal})", flush=True)
    return is_met
