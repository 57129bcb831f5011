"""Everything people read is there in Chinese, compiled and committed."""

import gettext
import re

from django.conf import settings

CATALOGUE = settings.BASE_DIR / "rtcserver" / "locale" / "zh_Hans" / "LC_MESSAGES"


def test_no_text_is_left_untranslated():
    entries = re.split(r"\n\n", (CATALOGUE / "django.po").read_text())[1:]
    missing = [entry for entry in entries if entry.rstrip().endswith('msgstr ""')]
    assert missing == []
    assert not [entry for entry in entries if "#, fuzzy" in entry]


def test_the_compiled_catalogue_is_current():
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("It starts in") == "距离开始还有"
