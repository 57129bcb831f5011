"""Dates on the wire."""

import locale
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcserver.dates import http_date, is_iso, iso_date, parse_date

moments = st.datetimes(
    min_value=datetime(1970, 1, 1), max_value=datetime(8999, 12, 30), timezones=st.just(UTC)
)


@given(moments)
def test_http_dates_round_trip_to_the_second(moment):
    text = http_date(moment)
    assert (parse_date(text), is_iso(text)) == (moment.replace(microsecond=0), False)


@given(moments)
def test_iso_dates_round_trip_to_the_millisecond(moment):
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    text = iso_date(moment)
    assert (parse_date(text), is_iso(text)) == (whole, True)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_with_a_value_error(text):
    try:
        moment = parse_date(text)
    except ValueError:
        return
    assert moment.tzinfo is not None


def test_days_have_two_digits_and_english_names_whatever_the_locale():
    for name in ("zh_CN.UTF-8", "de_DE.UTF-8", "C.UTF-8"):
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            continue
        assert http_date(datetime(2016, 6, 8, 4, 7, 11, tzinfo=UTC)) == (
            "Wed, 08 Jun 2016 04:07:11 GMT"
        )
    locale.setlocale(locale.LC_TIME, "C")


@pytest.mark.parametrize(
    "text", ["2016-06-08T04:07:11", "Wed, 08 Jun 2016 04:07:11", "08 Jun 2016 04:07:11 GMT", ""]
)
def test_a_date_without_a_zone_is_refused(text):
    with pytest.raises(ValueError, match="zone"):
        parse_date(text)
