"""What holds for all tests."""

import gc
import os

import pytest
from django.db import connections

from tests.proofs.scratch import migrated_template

gc.set_threshold(100_000, 50, 1_000)  # a tenth of the time went into looking for garbage


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A real hash takes a quarter of a second, a thousand times over."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Copy a database that was migrated before: migrating it anew takes half a minute."""
    template = migrated_template(os.environ["DATABASE_URL"])
    connections["default"].settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(autouse=True)
def jobs_end_with_their_test(request, django_db_blocker):
    """Django empties the tables of its own models only, after a test without a transaction."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
            cursor.execute("truncate procrastinate_jobs cascade")
