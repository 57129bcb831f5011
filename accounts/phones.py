"""Phone numbers: which count, and in which one form they are stored."""

import re

import phonenumbers
from django.conf import settings

from accounts.errors import BadPhone

# The original's rule and its clients' are wider than the numbers in use today.
_CHINA = re.compile(r"(?:\+?0?86-?)?(1[3-9][0-9]{9})")
_REGION = re.compile(r"\+?([1-9][0-9]{0,2})")


def normalised(region: str, phone: str) -> tuple[str, str]:
    """Return a calling code and the digits after it: `("86", "13800000000")`.

    Raises:
        BadPhone: Not a number of that region, or the region is not in RTC_PHONE_REGIONS.
    """
    code = _REGION.fullmatch(region)
    if not code or code[1] not in settings.PHONE_REGIONS:
        raise BadPhone("Invalid region and phone number.")
    if code[1] == "86":
        if not (number := _CHINA.fullmatch(phone)):
            raise BadPhone("Invalid region and phone number.")
        return "86", number[1]
    return code[1], _national_number(code[1], phone)


def _national_number(code: str, phone: str) -> str:
    home = phonenumbers.region_code_for_country_code(int(code))
    try:
        number = phonenumbers.parse(phone[:30], home)
    except phonenumbers.NumberParseException:
        raise BadPhone("Invalid region and phone number.") from None
    if str(number.country_code) != code or not phonenumbers.is_valid_number(number):
        raise BadPhone("Invalid region and phone number.")
    return phonenumbers.national_significant_number(number)
