"""Django's settings, all of them derived from the environment."""

from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from packbench.config.environment import read_environment
from packbench.config.keyring import django_key, root_keys
from packbench.config.logs import FIELDS, KEPT, configure_logs

ENVIRONMENT = read_environment()
if not ENVIRONMENT.database_url:
    raise SystemExit("Start Packbench with the `packbench` command, or set DATABASE_URL.")

DEBUG = False
SECRET_KEY = django_key(ENVIRONMENT.home, ENVIRONMENT.secret_key)
ROOT_KEYS = partial(root_keys, ENVIRONMENT.home, ENVIRONMENT.root_key, ENVIRONMENT.old_root_key)
ROOT_KEYS()  # made at the first start; a malformed one is said at once
BASE_URL = ENVIRONMENT.base_url
SANDBOX_URL = ENVIRONMENT.sandbox_url
KARRIO_PYTHON = str(ENVIRONMENT.karrio_python)
LEASE_S = ENVIRONMENT.lease_s
HEALTH_TARGETS = ENVIRONMENT.health_targets  # the operator's own, where there is such a file
MAIL = ENVIRONMENT.mail_server
BACKUP_DIR = ENVIRONMENT.backup_dir
ARCHIVE_DIR = ENVIRONMENT.archive_dir
KEYS_DIR = ENVIRONMENT.home / "keys"
KEY_STORE = ENVIRONMENT.key_store
LOG_FIELDS, LOG_DIR, LOGS_KEPT = FIELDS, ENVIRONMENT.log_dir, KEPT
ALLOWED_HOSTS = [
    *ENVIRONMENT.allowed_hosts,
    urlsplit(BASE_URL).hostname or "localhost",
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    "packbench.privacy",
    "packbench.accounts",
    "packbench.events",
    "packbench.channels",
    "packbench.carriers",
    "packbench.currencies",
    "packbench.customers",
    "packbench.rules",
    "packbench.products",
    "packbench.orders",
    "packbench.shipments",
    "packbench.labels",
    "packbench.packing",
    "packbench.audit",
    "packbench.web",
    "packbench.backup",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "packbench.web.middleware.WorkspaceMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "packbench.web.urls"
WSGI_APPLICATION = "packbench.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "packbench.web.context.desk",
            ]
        },
    }
]


def _database(url: str) -> dict[str, object]:
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "packbench"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {**parts, "pool": {"min_size": 1, "max_size": 8, "timeout": 10}},
    }


DATABASES = {"default": _database(ENVIRONMENT.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATION_MODULES: dict[str, str] = {}

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "packbench.accounts.backends.MemberBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "packbench.accounts.passwords.NotUsedBefore"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "orders"
LOGOUT_REDIRECT_URL = "sign_in"
AXES_FAILURE_LIMIT = 10  # Amazon's data protection policy: locked out after ten
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "web/locked_out.html"
AXES_USERNAME_FORM_FIELD = "username"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

EMAIL_HOST = MAIL.host if MAIL else ""  # accounts.mailing is the only sender
EMAIL_PORT = MAIL.port if MAIL else 0
EMAIL_HOST_USER = MAIL.user if MAIL else ""
EMAIL_HOST_PASSWORD = MAIL.password if MAIL else ""
EMAIL_USE_SSL = bool(MAIL and MAIL.is_encrypted)
EMAIL_USE_TLS = bool(MAIL and MAIL.has_starttls)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail_from

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("fr", _("French")),
    ("de", _("German")),
    ("es", _("Spanish")),
    ("it", _("Italian")),
]
USE_I18N = True
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.home / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.has_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.has_https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.has_https else None
SECURE_REFERRER_POLICY = "same-origin"  # the OAuth callback's address, with its code, stays here
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
# Files of people hold buyers: none is put into a temporary file in clear while it is received.
FILE_UPLOAD_HANDLERS = ["packbench.web.receiving.InMemory"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

PROCRASTINATE_WORKER_DEFAULTS = {"update_heartbeat_interval": 5.0, "stalled_worker_timeout": 20.0}
PROCRASTINATE_ON_APP_READY = "packbench.jobs.schedule.register"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

configure_logs(ENVIRONMENT.log_level, ENVIRONMENT.log_dir)
LOGGING_CONFIG = None
