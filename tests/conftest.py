"""What holds for all tests."""

import pytest


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A real hash takes a quarter of a second, a thousand times over."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
