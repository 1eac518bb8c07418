"""Amazon's policy held against an installation: each control can fail, and says what to do."""

import json
from datetime import timedelta
from io import StringIO

import pypdfium2
import pytest
from django.core.management import call_command
from django.urls import reverse

from packbench.audit.auditing import attest, audit
from packbench.audit.finding import Verdict
from packbench.audit.registering import CONTROLS
from packbench.lib.errors import Rejected
from packbench.privacy.keystore import key_store
from packbench.privacy.models import Retention
from tests.making import NOW, make_account, make_member, make_order, make_store, make_workspace

pytestmark = pytest.mark.django_db


def verdict_of(workspace, code, now=NOW):
    report = audit(workspace, now=now)
    return next(line.finding for line in report.lines if line.control.code == code)


def test_there_are_forty_controls_and_each_that_falls_short_says_what_to_do():
    workspace = make_member(make_workspace()).workspace

    report = audit(workspace, now=NOW)

    assert len(report.lines) >= 40
    for line in report.lines:
        assert str(line.finding.evidence)
        assert (line.finding.todo is None) == (line.finding.verdict is Verdict.MET), line


BROKEN_SETTINGS = {
    "transit.desk": {"BASE_URL": "http://desk.example.com"},
    "transit.hsts": {"BASE_URL": "https://desk.example.com", "SECURE_HSTS_SECONDS": 0},
    "transit.amazon": {"SANDBOX_URL": "http://127.0.0.1:9"},
    "transit.mail": {"EMAIL_HOST": "mail.example.com", "EMAIL_USE_TLS": False},
    "network.hosts": {"ALLOWED_HOSTS": ["*"]},
    "network.pages": {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"default-src": ["'self'"]}}},
    "access.lockout": {"AXES_FAILURE_LIMIT": 100},
    "access.sessions": {"SESSION_COOKIE_AGE": 10**6},
    "credentials.length": {"AUTH_PASSWORD_VALIDATORS": []},
    "credentials.hashed": {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]},
    "logging.fields": {"LOG_FIELDS": {"event", "email"}},
    "coding.debug": {"DEBUG": True},
    "coding.csrf": {"MIDDLEWARE": []},
}


@pytest.mark.parametrize("code", BROKEN_SETTINGS)
def test_a_loosened_setting_is_found(code, settings):
    workspace = make_workspace()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    assert verdict_of(workspace, code).verdict is Verdict.MET

    for name, value in BROKEN_SETTINGS[code].items():
        setattr(settings, name, value)

    assert verdict_of(workspace, code).verdict is Verdict.NOT_MET


def test_an_overdue_order_an_old_secret_and_a_lost_record_are_found():
    store = make_store()
    workspace, order = store.workspace, make_order(store)
    assert verdict_of(workspace, "retention.overdue").verdict is Verdict.MET
    late = NOW + timedelta(days=200)

    assert verdict_of(workspace, "retention.overdue", late).verdict is Verdict.NOT_MET
    assert verdict_of(workspace, "amazon.secrets", late).verdict is Verdict.NOT_MET
    order.erased_at = NOW
    order.save()
    assert verdict_of(workspace, "retention.records").verdict is Verdict.NOT_MET
    assert verdict_of(workspace, "retention.sealed").verdict is Verdict.NOT_MET
    order.erased_at, order.erase_at = None, None
    order.save()
    assert verdict_of(workspace, "retention.dated").verdict is Verdict.NOT_MET


def test_a_key_that_does_not_open_is_found():
    store = make_store()
    order = make_order(store)
    stored = key_store().get(order.key_id)
    damaged = stored.wrapped[:-1] + bytes([stored.wrapped[-1] ^ 1])
    key_store().replace([(stored, stored._replace(wrapped=damaged))])

    assert verdict_of(store.workspace, "encryption.fields").verdict is Verdict.NOT_MET


def test_backups_are_judged_by_their_age_and_by_the_keys_in_them(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path
    workspace = make_account().workspace
    assert verdict_of(workspace, "backup.recent").verdict is Verdict.NOT_MET
    assert verdict_of(workspace, "backup.drill").verdict is Verdict.NOT_MET
    folder = tmp_path / "2026-11-20T00-00-00Z"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"made_at": NOW.isoformat()}))
    (folder / "order-keys.age").write_bytes(b"")
    drill = {"at": NOW.isoformat(), "rows": 4, "differences": 0}
    (tmp_path / "drills.jsonl").write_text(json.dumps(drill) + "\n")
    Retention.objects.create(workspace_id=workspace.pk, backup_days=3, changed_at=NOW)

    for code in ("backup.recent", "backup.drill", "backup.keys"):
        assert verdict_of(workspace, code).verdict is Verdict.MET
    later = NOW + timedelta(days=4)
    assert verdict_of(workspace, "backup.recent", later).verdict is Verdict.NOT_MET
    assert verdict_of(workspace, "backup.keys", later).verdict is Verdict.NOT_MET
    assert verdict_of(workspace, "backup.drill", later).verdict is Verdict.MET


def test_a_persons_word_holds_until_it_is_too_old():
    member = make_member()
    workspace = member.workspace
    code = "incidents.plan"
    assert verdict_of(workspace, code).verdict is Verdict.UNATTESTED

    attest(workspace, code, "In the red folder.", actor=member.person_id, now=NOW)

    lasts = CONTROLS[code].lasts
    assert verdict_of(workspace, code).verdict is Verdict.MET
    assert verdict_of(workspace, code, NOW + lasts).verdict is Verdict.UNATTESTED
    with pytest.raises(Rejected):
        attest(workspace, "retention.overdue", "Trust me.", actor=member.person_id, now=NOW)
    with pytest.raises(Rejected):
        attest(workspace, code, "  ", actor=member.person_id, now=NOW)


def test_the_command_prints_text_json_and_pdf_and_ends_with_1_while_something_is_missing(tmp_path):
    make_member()
    text, body, file = StringIO(), StringIO(), tmp_path / "audit.pdf"

    with pytest.raises(SystemExit) as ended:
        call_command("audit", "--dpp", "--pdf", str(file), stdout=text)
    with pytest.raises(SystemExit):
        call_command("audit", "--dpp", "--json", stdout=body)

    assert ended.value.code == 1
    assert "[NOT ATTESTED] 1.6" in text.getvalue()
    assert len(json.loads(body.getvalue())["controls"]) >= 40
    document = pypdfium2.PdfDocument(file)
    assert "Data Protection Policy" in document[0].get_textpage().get_text_range()


def test_an_owner_reads_the_audit_and_vouches_and_others_do_not(client):
    member = make_member()
    client.force_login(member.person, backend="packbench.accounts.backends.MemberBackend")
    assert b"Nobody has vouched" in client.get(reverse("settings_audit")).content

    said = {"said": "In the <b>red</b> folder."}
    vouched = client.post(
        reverse("settings_audit_vouch", args=["incidents.plan"]), said, follow=True
    )

    assert "In the &lt;b&gt;red&lt;/b&gt; folder." in vouched.content.decode()
    assert client.get(reverse("settings_audit_file", args=["pdf"])).content.startswith(b"%PDF")
    viewer = make_member(member.workspace, "vera@example.com", role="viewer")
    client.force_login(viewer.person, backend="packbench.accounts.backends.MemberBackend")
    assert client.get(reverse("settings_audit")).status_code == 403
