"""One settings module for both shapes; the environment decides which (see docs/operations.md).

Embedded (nothing set): SQLite, FTS5, file-based broker, local memory. Production: DATABASE_URL, REDIS_URL,
ELASTICSEARCH_URL, ALLOWED_HOSTS, PUBLIC_URL and the three secrets.
"""

import sqlite3
import sys
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from lms.config import environment as env

BASE_DIR = env.BASE_DIR
HOME = env.home()
DEBUG = env.flag("DEBUG")
PORT = int(env.text("PORT", "8000"))
# Test runs are recognised by the runner that is loaded, not by a variable someone could set in production.
TESTING = "pytest" in sys.modules

DATABASE_URL = env.text("DATABASE_URL")
REDIS_URL = env.text("REDIS_URL")
ELASTICSEARCH_URL = env.text("ELASTICSEARCH_URL")
ELASTICSEARCH_PREFIX = env.text("ELASTICSEARCH_PREFIX", "rongtong")
# Of each index, or of a type's: `1,course=3`. How soon what was written is found (deploy/README.md, growing).
ELASTICSEARCH_SHARDS = env.text("ELASTICSEARCH_SHARDS", "1")
ELASTICSEARCH_REPLICAS = env.text("ELASTICSEARCH_REPLICAS", "0")
ELASTICSEARCH_REFRESH = env.text("ELASTICSEARCH_REFRESH", "1s")
# The cluster's own lifecycle policy (ILM) that new indices follow, by its name; none without one.
ELASTICSEARCH_LIFECYCLE = env.text("ELASTICSEARCH_LIFECYCLE")
# How long an index remembers what was taken out of it, so that an event that comes late brings nothing back.
SEARCH_HIDDEN_HOURS = float(env.text("SEARCH_HIDDEN_HOURS", "24"))
# How long a web process keeps the answer to browsing without words (search/kept.py); tests look at once.
SEARCH_KEPT_SECONDS = int(env.text("SEARCH_KEPT_SECONDS", "0" if TESTING else "2"))
# How long one search may ask engines (search/budget.py); 0 for no bound. Tests run on machines that are busy.
SEARCH_BUDGET_SECONDS = float(env.text("SEARCH_BUDGET_SECONDS", "60" if TESTING else "1.5"))
EMBEDDED = not DATABASE_URL
if DEBUG and not EMBEDDED and not TESTING:
    raise ImproperlyConfigured("DEBUG shows settings and data to whoever meets an error: not in production.")

_secrets = env.load_secrets(HOME, embedded=EMBEDDED or TESTING)
SECRET_KEY = _secrets["SECRET_KEY"]
FIELD_KEYS = [key for key in _secrets["RONGTONG_FIELD_KEYS"].split(",") if key]
LOOKUP_KEY = _secrets["RONGTONG_LOOKUP_KEY"]
# Ed25519 seeds that sign evidence packs, newest first, and public keys of those given up (lms/learning/evidence/keys.py).
EVIDENCE_KEYS = env.words("RONGTONG_EVIDENCE_KEYS")
EVIDENCE_RETIRED_KEYS = env.words("RONGTONG_EVIDENCE_RETIRED_KEYS")

PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
# Foreign content (H5P, SCORM, HTML from packs) is served from this origin; the same host only when embedded,
# where the sandboxed frame has an opaque origin of its own.
CONTENT_URL = env.text("CONTENT_URL", PUBLIC_URL).rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", PUBLIC_URL)
WAGTAILADMIN_BASE_URL = PUBLIC_URL

INSTALLED_APPS = [
    "lms.config.apps.ConfigApp",
    "lms.lib",
    "lms.accounts",
    "search",
    "courses",
    "creditbank",
    "lms.learning",
    "lms.records",
    "lms.training",
    "themes",
    "wagtail.contrib.redirects",
    "wagtail.contrib.search_promotions",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks",
    "csp",
    # For its own copy of the API browser: no foreign host.
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.idp.oidc",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lms.config.origins.OriginsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "lms.lib.middleware.NulMiddleware",
    "lms.lib.once.OnceMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.accounts.middleware.RolesOnceMiddleware",
    "lms.accounts.middleware.TooManyMiddleware",
    "lms.lib.middleware.RefusalMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "lms.config.urls"
WSGI_APPLICATION = "lms.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "themes" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "themes.context_processors.rt",
            ],
        },
    }
]

# --- data -----------------------------------------------------------------------------------------------

DATABASES: dict[str, Any]
if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "rongtong.sqlite3",
            # SQLite reads the whole schema at each opening: half of what a page took. Threads of the pool keep theirs.
            "CONN_MAX_AGE": None,
            # A file for tests too: in shared memory a late request of a browser meets "table is locked" at once.
            "TEST": {"NAME": HOME / "test.sqlite3"},
            "OPTIONS": {
                "timeout": 20,
                # A read-then-write transaction that starts deferred fails at once when another writer was faster.
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    }
    SQLITE_VERSION = sqlite3.sqlite_version_info
else:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True)}
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        DATABASES["default"]["ENGINE"] = "lms.lib.postgresql"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, Any]
if REDIS_URL:
    # Tests that run side by side empty their caches: each process of them has a database of its own.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": env.redis_of_test_process(REDIS_URL) if TESTING else REDIS_URL,
        }
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Parts of pages that are the same for everybody, drawn once in each process: {% cache … using="fragments" %}.
CACHES["fragments"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "fragments",
    "OPTIONS": {"MAX_ENTRIES": 3000},
}
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True

MEDIA_ROOT = HOME / "media"
MEDIA_URL = "/media/"
H5P_ROOT = HOME / "h5p"
# What an organisation may store where the platform's administrator set nothing else for it (courses/storage).
STORAGE_LIMIT_BYTES = int(env.text("STORAGE_LIMIT_GB", "100")) * 1024**3
# Writing H5P exercises in the browser: the service of authoring/, off where nothing is named. Its pages run foreign
# scripts, so browsers reach it at the content origin, or another that is not the site's.
H5P_AUTHORING_URL = env.text("H5P_AUTHORING_URL").rstrip("/")
H5P_AUTHORING_SECRET = env.text("H5P_AUTHORING_SECRET")
H5P_AUTHORING_PUBLIC_URL = env.text("H5P_AUTHORING_PUBLIC_URL", CONTENT_URL).rstrip("/")
STATIC_ROOT = HOME / "static"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "themes" / "static"]
# Production collects and compresses; embedded serves straight from the folders, so that a start costs nothing.
WHITENOISE_USE_FINDERS = EMBEDDED
WHITENOISE_AUTOREFRESH = False
# The PDF fonts lie among the static files but never travel to a browser: half a minute of brotli for nothing.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [
    "ttf",
    "woff",
    "woff2",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "webp",
    "avif",
    "mp4",
]
_static_backend = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if EMBEDDED or TESTING
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_backend},
}
# One bucket, nothing in it public: what anybody may see is asked for at MEDIA_URL, the rest where who may have it is decided. Tests
# choose their own.
OBJECT_STORE = None if TESTING else env.object_store()
if OBJECT_STORE:
    STORAGES |= {
        name: {
            "BACKEND": "lms.lib.objects.ObjectStorage",
            "OPTIONS": OBJECT_STORE | {"prefix": f"{OBJECT_STORE['prefix']}{folder}/", "base_url": address},
        }
        for name, folder, address in (("default", "media", MEDIA_URL), ("private", "private", None))
    }
FILE_UPLOAD_PERMISSIONS = 0o644
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# A request to the record store, attachments and all; nginx has the same.
XAPI_BODY_BYTES = 32 * 1024 * 1024
# Hosts ("name" or "name:port") that statements may be sent on to although they are not public, or speak plain http.
XAPI_FORWARD_HOSTS = frozenset(env.words("XAPI_FORWARD_HOSTS"))

# Hosts ("name" or "name:port") of LTI tools and platforms that may be called although they are not public, or speak http.
LTI_HOSTS = frozenset(env.words("LTI_HOSTS"))

# --- background work ------------------------------------------------------------------------------------

BROKER_DIR = HOME / "broker"
# Jobs under way at once that take minutes and nobody waits for (lms/lib/jobs): fewer than there are worker processes.
PATIENT_JOBS = int(env.text("PATIENT_JOBS", "1"))
CELERY_TASK_ALWAYS_EAGER = TESTING
CELERY_TASK_EAGER_PROPAGATES = TESTING
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"visibility_timeout": 3600}
else:
    CELERY_BROKER_URL = "rongtong-files://"  # lms/config/file_broker.py
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
CELERY_BEAT_SCHEDULE = {
    # Wake-ups only: what is to be done stands in rows, so a lost message costs seconds and loses nothing.
    "deliver-outbox": {"task": "lms.lib.tasks.deliver_outbox", "schedule": 5.0},
    "resume-jobs": {"task": "lms.lib.tasks.resume_jobs", "schedule": 15.0},
    # What Elasticsearch missed while it was away; and once a day the traces of documents that are gone.
    "search-catch-up": {"task": "search.catch_up", "schedule": 5.0},
    "search-sweep": {"task": "search.sweep", "schedule": 86400.0},
    # Orders each night's comparison of the index with its sources, with the first call of a Shanghai day.
    "search-check": {"task": "search.order_check", "schedule": 3600.0},
    # Study after a completion whose page never said that it was left: soon, and once a day all there can still be.
    "settle-hours": {"task": "lms.learning.completion.settle_recent", "schedule": 900.0},
    "settle-hours-all": {"task": "lms.learning.completion.settle_all", "schedule": 86400.0},
    # Looks through each day that has ended, once, with the first call after midnight in Shanghai.
    "look-for-holds": {"task": "lms.learning.holds.scan_due", "schedule": 3600.0},
    # Launches of cmi5 content that never said they were over.
    "abandon-cmi5": {"task": "lms.learning.cmi5.abandon_idle", "schedule": 3600.0},
    "close-declarations": {"task": "lms.learning.declarations.close_expired", "schedule": 900.0},
    # Tomorrow's meetings, once each; and classes whose hours late study, rules or filings have moved.
    "class-reminders": {"task": "lms.learning.classes.remind", "schedule": 3600.0},
    "class-hours": {"task": "lms.learning.classes.settle", "schedule": 86400.0},
    # Orders each night's figures once, with the first call of a Shanghai day.
    "year-figures": {"task": "lms.learning.statements.order_figures", "schedule": 3600.0},
    "course-use": {"task": "lms.learning.use.order", "schedule": 3600.0},
    # Public notices that have ended, supplements that never came, what an authority is late with.
    "tend-cases": {"task": "lms.training.lifecycle.tend", "schedule": 900.0},
    # Figures of days that have ended, counted once for the supervision dashboard.
    "keep-figures": {"task": "lms.training.supervision.keep", "schedule": 3600.0},
    # Reply dates of suggestions that waited for a year's calendar.
    "tend-suggestions": {"task": "lms.training.suggestions.tend", "schedule": 3600.0},
    # Late supplements and reviews every hour; notices and the end of shelf lives once a day.
    "look-after-applications": {"task": "creditbank.applications.look_after", "schedule": 3600.0},
    "expire-credits": {"task": "creditbank.applications.expire", "schedule": 86400.0},
    # The public figures of each month; nothing happens where they stand already.
    "statistics": {"task": "creditbank.statistics.release", "schedule": 3600.0},
    # Each Shanghai day's root, once, with the first call after the day has ended.
    "ledger-roots": {"task": "creditbank.proofs.make_roots", "schedule": 3600.0},
    "order-erasures": {"task": "lms.accounts.erasure.order_due", "schedule": 3600.0},
    "clear-sessions": {"task": "lms.accounts.sign_in.clear_sessions", "schedule": 86400.0},
    # Courses that were passed and whose day has come, and those whose end has.
    "publish-due": {"task": "courses.review.publish_due", "schedule": 60.0},
    # Plans nobody answered, exported files nobody took (an hour each), and uploads nobody went on with.
    "sweep-plans": {"task": "courses.packs.sweep_plans", "schedule": 3600.0},
    "sweep-uploads": {"task": "courses.packs.uploads.sweep", "schedule": 3600.0},
    # What is stored and not counted yet is counted once a day; organisations that are nearly full are told.
    "look-at-storage": {"task": "courses.storage.look", "schedule": 3600.0},
    # H5P's folders and packages', in the object store as well; nothing where there is none.
    "keep-folders": {"task": "courses.folders.keep", "schedule": 300.0},
    # Stores that send their statements on, and have something to send.
    "forward-statements": {"task": "lms.records.forwarding.look", "schedule": 60.0},
    "sweep-lti": {"task": "lms.learning.lti.sweep", "schedule": 3600.0},
    "clear-evidence": {"task": "lms.learning.evidence.clear", "schedule": 3600.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME / "celerybeat-schedule")
TASKS = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend"
        if TESTING
        else "lms.config.tasks_backend.CeleryBackend"
    }
}

# --- people ---------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/learn/"
WAGTAILADMIN_LOGIN_URL = "account_login"
from lms.config.settings_accounts import *  # noqa: E402, F403

# --- language and time ----------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
# Days are Shanghai's for everybody. Staff choose no zone of their own in Wagtail, which otherwise offers every name the
# machine has, "localtime" among them, that is no zone at all.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = False

# --- Wagtail --------------------------------------------------------------------------------------------

# A course is published whole (courses/review).
WAGTAIL_FINISH_WORKFLOW_ACTION = "courses.review.finishing.finish"
WAGTAIL_SITE_NAME = "融通"
WAGTAILIMAGES_IMAGE_MODEL = "courses.CourseImage"
WAGTAILDOCS_DOCUMENT_MODEL = "courses.CourseDocument"
WAGTAILIMAGES_IMAGE_FORM_BASE = "courses.storage.forms.ImageForm"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "courses.storage.forms.DocumentForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp", "svg"]
# What a pack may bring for download, too (courses/packs/sniff.py): nothing that a browser would run.
WAGTAILDOCS_EXTENSIONS = [
    *("pdf", "zip", "txt", "csv", "md", "mp3", "png", "jpg", "jpeg"),
    *("docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"),
]
# The admin's own search. In the database, also where the site searches with Elasticsearch, unless ADMIN_SEARCH says
# `elasticsearch`; the database's is kept beside it and answers when the cluster is away.
WAGTAILSEARCH_BACKENDS: dict[str, dict[str, object]] = {"default": {"BACKEND": "search.wagtail.database"}}
if ELASTICSEARCH_URL and env.text("ADMIN_SEARCH") == "elasticsearch":
    WAGTAILSEARCH_BACKENDS = {
        "default": {
            "BACKEND": "search.wagtail.elasticsearch",
            "URLS": ELASTICSEARCH_URL.split(","),
            "INDEX_PREFIX": f"{ELASTICSEARCH_PREFIX}-admin-",
            "TIMEOUT": 3,
        },
        "database": WAGTAILSEARCH_BACKENDS["default"],
    }
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
# Addresses are changed where they are proved, under /accounts/email/.
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False

# --- security -------------------------------------------------------------------------------------------

CSRF_FAILURE_VIEW = "themes.views.csrf_failure"
X_FRAME_OPTIONS = "SAMEORIGIN"
# Our own pages have no inline script and no inline style; the admin is Wagtail's and has both.
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/", "/api/v1/docs"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'", "blob:"],
        "frame-src": ["'self'", CONTENT_URL],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PUBLIC_URL.startswith("https://"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # A host beside ours (foreign content has one) can set cookies for the domain of both; none of this name. Plain http
    # cannot have the prefix: there only the sandbox parts the two (courses/h5p/authoring/service.py).
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 31_536_000
SILENCED_SYSTEM_CHECKS: list[Any] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    # The last three would write several lines for every tick of the clock, day and night.
    "loggers": {
        name: {"level": "WARNING"}
        for name in (
            *("jieba", "django_tasks", "wagtail", "elastic_transport"),
            *("celery.beat", "celery.app.trace", "celery.worker.strategy"),
        )
    },
}
