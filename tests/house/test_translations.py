"""Everything people read is there in Chinese, compiled and committed."""

import gettext
import re
from pathlib import Path

import unfold
from django.conf import settings

CATALOGUE, THEME = (path / "zh_Hans" / "LC_MESSAGES" for path in settings.LOCALE_PATHS)


def test_no_text_is_left_untranslated():
    entries = re.split(r"\n\n", (CATALOGUE / "django.po").read_text())[1:]
    missing = [entry for entry in entries if entry.rstrip().endswith('msgstr ""')]
    assert missing == []
    assert not [entry for entry in entries if "#, fuzzy" in entry]


def test_the_compiled_catalogue_is_current():
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("It starts in") == "距离开始还有"


def test_texts_of_the_theme_are_those_it_has():
    folder = Path(unfold.__file__).parent
    files = [file for kind in ("*.html", "*.py") for file in folder.rglob(kind)]
    texts = "".join(file.read_text() for file in files)
    with (THEME / "django.mo").open("rb") as file:
        known = gettext.GNUTranslations(file)._catalog
    assert [text for text in known if text not in texts] == []
    assert set(known) == {
        "",
        *re.findall(r'^msgid "(.+)"$', (THEME / "django.po").read_text(), re.M),
    }


def test_the_console_is_chinese_for_who_reads_that(admin_client):
    headers = {"Accept-Language": "zh-hans"}
    page = admin_client.get("/admin/sessions_api/session/", headers=headers).content.decode()
    assert "输入以搜索" in page
    for text in ("Type to search", "Apply Filters", "Select action", "Dark", "All applications"):
        assert f">{text}<" not in page
        assert f'"{text}"' not in page
