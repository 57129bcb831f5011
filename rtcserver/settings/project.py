"""What Django is made of here: apps, middleware, templates, languages, REST, the console."""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from rtcserver.settings.environment import BASE_DIR, env

# Applications
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "rtcserver.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "corsheaders",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "rtcserver",
    "accounts",
    "rooms",
    "sessions_api",
    "social",
    "chat",
]
MIDDLEWARE = [
    "rtcserver.health.Probes",
    "rtcserver.metrics.Measured",
    "rtcserver.middleware.RefuseNul",
    "rtcserver.middleware.PageHeaders",
    "django.middleware.security.SecurityMiddleware",
    "rtcserver.wire.sealtalk.Paths",
    "rtcserver.wire.rtcat.CrossOrigin",
    "rtcserver.wire.liveroom.NoCredentials",
    "corsheaders.middleware.CorsMiddleware",
    "rtcserver.middleware.RefuseOutside",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "rtcserver.middleware.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "rtcserver.urls"
WSGI_APPLICATION = "rtcserver.wsgi.application"
ASGI_APPLICATION = "rtcserver.asgi.application"
APPEND_SLASH = False  # a redirect loses the body of a POST; no dialect has trailing slashes
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = env.str("RTC_STATIC_ROOT", default="") or None  # where `collectstatic` puts them
WHITENOISE_USE_FINDERS = STATIC_ROOT is None  # served from the packages until then
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes of a request body, every dialect

# Languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "rtcserver" / name for name in ("locale", "locale_theme")]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is an unknown parameter like any other
}
SPECTACULAR_SETTINGS = {
    "TITLE": "rtcserver",
    "DESCRIPTION": "Real-time communication server: sessions, participants, entry URLs.",
    "VERSION": "1",
    "DEFAULT_GENERATOR_CLASS": "rtcserver.schema.OnceGenerator",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/v1",
    "ENUM_NAME_OVERRIDES": {"RtcatSessionType": ["p2p", "rel"], "RtcatTokenType": ["pub", "sub"]},
    "PREPROCESSING_HOOKS": ["rtcserver.schema.one_path_each"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "rtcserver.schema.add_errors",
        "rtcserver.schema.add_token_endpoints",
        "rtcserver.schema.add_liveroom_envelope",
    ],
}
RATE_LIMITS = env.bool("RTC_RATE_LIMITS", default=True)
CALLS_PER_CLIENT_MINUTE = env.int("RTC_CALLS_PER_CLIENT_MINUTE", default=6000)
SESSION_START_SLACK_SECONDS = env.int("RTC_SESSION_START_SLACK_SECONDS", default=5)

# Admin
UNFOLD = {
    "SITE_TITLE": "rtcserver",
    "SITE_HEADER": "rtcserver",
    "SITE_SYMBOL": "forum",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("sessions_api/icon.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
}
