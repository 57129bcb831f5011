"""The product's settings, with the bare views beside its own."""

from rtcserver.settings import *  # noqa: F403

ROOT_URLCONF = "bench.bare"
