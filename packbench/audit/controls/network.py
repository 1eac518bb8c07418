"""Parts 1.1 and 1.5: who reaches the desk, and what is encrypted on the way."""

import ssl
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from packbench.audit.finding import Finding, Installation, met, not_met
from packbench.audit.registering import attested, control
from packbench.lib.sentences import marked

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SECURE_HEADERS = ("default-src", "frame-ancestors", "base-uri")


def _is_local() -> bool:
    return (urlsplit(settings.BASE_URL).hostname or "") in LOOPBACK


@control("transit.desk", "1.5", marked("Browsers reach the desk over TLS"))
def desk_over_tls(_: Installation) -> Finding:
    if settings.BASE_URL.startswith("https://"):
        return met(marked("The desk's address is %(url)s."), url=settings.BASE_URL)
    if _is_local():
        return met(
            marked("The desk is reached on this machine only (%(url)s)."), url=settings.BASE_URL
        )
    return not_met(
        marked("The desk's address is %(url)s, without encryption."),
        marked("Put a proxy with a certificate before it and set PACKBENCH_BASE_URL to https://…"),
        url=settings.BASE_URL,
    )


@control("transit.hsts", "1.5", marked("Browsers are told to keep to TLS"))
def hsts(_: Installation) -> Finding:
    if settings.SECURE_HSTS_SECONDS or _is_local():
        return met(
            marked("Strict-Transport-Security: %(seconds)s s."),
            seconds=settings.SECURE_HSTS_SECONDS,
        )
    return not_met(
        marked("Strict-Transport-Security is not sent."),
        marked("Set PACKBENCH_BASE_URL to the https address."),
    )


@control("transit.amazon", "1.5", marked("Amazon is called over TLS 1.2 or newer"))
def amazon_over_tls(_: Installation) -> Finding:
    if settings.SANDBOX_URL:
        return not_met(
            marked("This installation talks to the sandbox at %(url)s."),
            marked("Remove PACKBENCH_SANDBOX_URL: a desk with real orders talks to Amazon."),
            url=settings.SANDBOX_URL,
        )
    oldest = ssl.create_default_context().minimum_version.name
    return met(
        marked("%(version)s at least, certificates checked (%(library)s)."),
        version=oldest,
        library=ssl.OPENSSL_VERSION,
    )


@control("transit.database", "1.5", marked("The database is reached by a private socket or TLS"))
def database_connection(_: Installation) -> Finding:
    database: Any = settings.DATABASES["default"]
    host = str(database["HOST"] or "")
    mode = str(database.get("OPTIONS", {}).get("sslmode", ""))
    if host.startswith("/") or host in ("", *LOOPBACK):
        return met(marked("It listens on this machine only."))
    if mode in ("require", "verify-ca", "verify-full"):
        return met(marked("sslmode=%(mode)s."), mode=mode)
    return not_met(
        marked("The connection to %(host)s need not be encrypted."),
        marked("Add ?sslmode=verify-full to DATABASE_URL."),
        host=host,
    )


@control("transit.mail", "1.5", marked("E-mails are handed over encrypted"))
def mail(_: Installation) -> Finding:
    if not settings.EMAIL_HOST or settings.EMAIL_HOST in LOOPBACK:
        return met(marked("No mail server elsewhere is used."))
    if settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL:
        return met(marked("The mail server is reached over TLS."))
    return not_met(
        marked("The mail server is reached without encryption."),
        marked("Use smtps:// or a password in PACKBENCH_SMTP_URL."),
    )


@control("network.hosts", "1.1", marked("The desk answers to its own names only"))
def hosts(_: Installation) -> Finding:
    if "*" in settings.ALLOWED_HOSTS:
        return not_met(
            marked("It answers to every name."),
            marked("Remove * from PACKBENCH_ALLOWED_HOSTS."),
        )
    return met(marked("%(hosts)s"), hosts=", ".join(sorted(set(settings.ALLOWED_HOSTS))))


@control("network.pages", "1.1", marked("Pages run no foreign code and cannot be framed"))
def pages(_: Installation) -> Finding:
    rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    if all(rules.get(name) == ["'none'"] for name in SECURE_HEADERS):
        return met(marked("A content security policy without inline code is sent."))
    return not_met(
        marked("The content security policy was loosened."),
        marked("Restore CONTENT_SECURITY_POLICY as it is shipped."),
    )


attested(
    "network.firewall",
    "1.1",
    marked("A firewall or web application firewall stands before public addresses"),
    todo=marked("Say what stands between the internet and this machine."),
    days=365,
)
attested(
    "network.malware",
    "1.1",
    marked("Machines that open the desk have protection against malware"),
    todo=marked("Say which protection runs on the computers of the office and the warehouse."),
    days=365,
)
