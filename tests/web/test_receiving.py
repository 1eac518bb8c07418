"""What people send is held in memory: no byte of it is on the disk in clear, not for a second."""

import tempfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from packbench.shipments.models import ReturnLabel
from packbench.web import receiving
from tests.making import make_account, make_member, make_order, make_store
from tests.web.orders.conftest import browser_of, labeled

pytestmark = pytest.mark.django_db
LARGE = b"%PDF-1.4 " + bytes(3 * 1024 * 1024)  # Django would put it into a file


@pytest.fixture
def parcel():
    return labeled(make_order(make_store(make_account())))


@pytest.fixture
def owner(parcel):
    return browser_of(make_member(parcel.workspace))


@pytest.fixture
def made(monkeypatch):
    """The temporary files that were made."""
    made, real = [], tempfile.NamedTemporaryFile

    def make(*args, **options):
        made.append((args, options))
        return real(*args, **options)

    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", make)
    return made


def send(browser, parcel, content):
    file = SimpleUploadedFile("back.pdf", content)
    return browser.post(f"/shipments/{parcel.pk}/return/file", {"file": file}, follow=True)


def test_a_large_file_is_taken_without_a_temporary_one(owner, parcel, made):
    send(owner, parcel, LARGE)

    assert ReturnLabel.objects.get().status == "made"
    assert made == []


def test_of_what_is_far_too_large_only_a_little_is_held(owner, parcel, made, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_BYTES", 5 * 1024 * 1024)

    answer = send(owner, parcel, b"%PDF-" + bytes(9 * 1024 * 1024))

    assert "larger than 4 MB" in answer.content.decode()
    assert made == []


def test_control_django_itself_would_make_one(owner, parcel, made, settings):
    settings.FILE_UPLOAD_HANDLERS = [
        "django.core.files.uploadhandler.MemoryFileUploadHandler",
        "django.core.files.uploadhandler.TemporaryFileUploadHandler",
    ]

    send(owner, parcel, LARGE)

    assert len(made) == 1
