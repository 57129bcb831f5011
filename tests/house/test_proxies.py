"""Whose address is counted when proxies of ours stand in between."""

import pytest
from django.test import override_settings

from rtcserver.proxies import behind_proxies
from rtcserver.sockets.opening import address_of

NEAREST = "10.0.0.1"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        (0, "1.2.3.4", NEAREST),
        (1, "", NEAREST),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (1, ",, 1.2.3.4", "1.2.3.4"),
        (1, "1.2.3.4,", NEAREST),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (2, "1.2.3.4", NEAREST),
    ],
)
def test_the_outermost_trusted_proxy_tells(trusted, forwarded, expected):
    with override_settings(TRUSTED_PROXIES=trusted):
        assert behind_proxies(forwarded, nearest=NEAREST) == expected


@override_settings(TRUSTED_PROXIES=2)
def test_proxies_that_add_lines_are_read_like_those_that_add_to_one():
    lines = [(b"x-forwarded-for", b"6.6.6.6, 1.2.3.4"), (b"x-forwarded-for", b"10.0.0.2")]
    assert address_of({"headers": lines, "client": (NEAREST, 1)}) == "1.2.3.4"
