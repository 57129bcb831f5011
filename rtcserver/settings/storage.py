"""Where rows, messages between processes, caches and pictures live."""

from typing import Any

from rtcserver.settings.environment import PROFILE, STATE_DIR, env

# What was acknowledged outlives a power cut; trying out need not wait for the disk.
SYNCHRONOUS = "FULL" if PROFILE == "production" else "NORMAL"


def database_at(url: str) -> dict[str, Any]:
    """What Django is told of the database at this URL."""
    database: dict[str, Any] = env.db_url_config(url)
    database["CONN_MAX_AGE"] = None  # one connection per pool thread, for ever
    database["CONN_HEALTH_CHECKS"] = True
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",  # a write transaction never has to upgrade its lock
            "timeout": 20,
            "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={SYNCHRONOUS}",
        }
        database["TEST"] = {"NAME": str(STATE_DIR / "test.sqlite3")}  # a file: threads share it
    return database


# Storage: SQLite and memory in one process, PostgreSQL and Redis beyond
DATABASE = database_at(env.str("DATABASE_URL", default=f"sqlite:///{STATE_DIR / 'db.sqlite3'}"))
DATABASES = {"default": DATABASE}
DATABASE_PREPARES = env.bool("RTC_DATABASE_PREPARES", default=True)  # statements of a connection
REDIS_URL = env.str("REDIS_URL", default="")
REDIS_PREFIX = env.str("RTC_REDIS_PREFIX", default="rtcserver")  # channels are not per database
PROCESSES = env.int("RTC_PROCESSES", default=1)  # how many serve; checked against the storage
if REDIS_URL:
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            # The core layer drops every socket when Redis restarts; pubsub does not.
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": REDIS_PREFIX},
        }
    }
    SHARED_CACHE = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    SHARED_CACHE = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {
    "default": SHARED_CACHE,
    "process": {  # what each process may find out anew
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
    },
}
