"""Safe transport: HTTPS, cookies, and what a page may load."""

from rtcserver.settings.environment import PRODUCTION, PUBLIC_BASE_URL, TRUSTED_PROXIES, env

HTTPS = PUBLIC_BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS and env.bool("RTC_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("RTC_HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 8 * 3600  # staff
SESSION_COOKIE_NAME = "rtc_admin"
CSRF_COOKIE_NAME = "rtc_csrf"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a secret is told once
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'", PUBLIC_BASE_URL.replace("http", "ws", 1)],  # older Safari
        "font-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# WebSockets
SOCKETS_PER_ADDRESS = env.int("RTC_SOCKETS_PER_ADDRESS", default=0)  # 0: any number
MAX_CONNECTIONS = env.int("RTC_MAX_CONNECTIONS", default=20_000)  # of one process
