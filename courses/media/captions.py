"""Captions that staff give a film, one file a language: read as WebVTT or SubRip, kept as WebVTT.

Owns: which languages there are to choose from, and the rows that staff write. Refuses: what is no captions. A file
that is replaced stays in the storage: published lessons go on with the one they pinned.
"""

import re
from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from courses.media.models import CourseVideo, VideoCaption
from courses.packs import sniff
from courses.packs.files import SIZE_LIMITS
from courses.packs.foreign.captions import as_webvtt
from courses.packs.foreign.markup import decoded
from lms.lib.actor import Actor
from lms.lib.audit.services import record

# As WebVTT and SubRip have it; 1:02:03,4 is what some tools write for 01:02:03.400 (packs/foreign/captions.py).
_STAMP = r"((?:\d{1,3}:)?[0-5]?\d:[0-5]\d[.,]\d{1,3})"
_CUE = re.compile(rf"^\s*{_STAMP}\s*-->\s*{_STAMP}(?:\s.*)?$")
MOST_BYTES = SIZE_LIMITS["vtt"]
# BCP 47 tag → its own name: of the country's schools and broadcasters, and English.
LANGUAGES = {
    "zh-Hans": "中文（简体）",
    "zh-Hant": "中文（繁體）",
    "en": "English",
    "ug": "ئۇيغۇرچە",
    "bo": "བོད་ཡིག",
    "mn-Mong": "ᠮᠣᠩᠭᠣᠯ",
    "kk-Arab": "قازاقشا",
    "ko": "조선말",
    "ii": "ꆈꌠꉙ",
    "za": "Vahcuengh",
}


def readable(data: bytes) -> bytes | None:
    """The file as WebVTT in UTF-8; None where it holds no captions or is larger than a pack may bring."""
    if len(data) > MOST_BYTES:
        return None
    found = as_webvtt(data)
    return found if found is not None and sniff.vtt_text(found) else None


def wrong_cue(data: bytes) -> str:
    """What is wrong with the first cue that browsers would leave out, with its line in the file; "" where all are well."""
    text = decoded(data).lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    note = False
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            note = False
        elif line.startswith("NOTE"):
            note = True
        if note or "-->" not in line:
            continue
        times = _CUE.match(line)
        if times is None:
            why = _("时间的写法不对，应该像 00:01:02.500 --> 00:01:04.000")
        elif _ms(times[1]) >= _ms(times[2]):
            why = _("结束时间不晚于开始时间")
        else:
            continue
        return _("第 %(line)d 行：%(why)s（%(text)s）。") % {
            "line": number,
            "why": why,
            "text": line.strip()[:60],
        }
    return ""


def _ms(stamp: str) -> int:
    whole, part = re.split("[.,]", stamp)
    seconds = 0
    for piece in whole.split(":"):
        seconds = seconds * 60 + int(piece)
    return seconds * 1000 + int(part.ljust(3, "0"))


@transaction.atomic
def set_caption(video: CourseVideo, language: str, data: bytes, actor: Actor) -> VideoCaption:
    """Give a film captions in a language of LANGUAGES, in the place of those it had. data: what `readable` returned."""
    # The row is held: two files of one language at once become one after the other.
    CourseVideo.objects.select_for_update().get(pk=video.pk)
    row = VideoCaption.objects.filter(video=video, language=language).first()
    row = row or VideoCaption(video=video, language=language, label=LANGUAGES[language])
    row.file.save(f"{video.uuid}-{language}.vtt", ContentFile(data), save=False)
    row.save()
    _said(video, actor, "media.captions", [language])
    return row


@transaction.atomic
def drop_captions(video: CourseVideo, languages: Iterable[str], actor: Actor) -> None:
    """Take captions away from lessons published from now on."""
    rows = VideoCaption.objects.filter(video=video, language__in=list(languages))
    gone = sorted(rows.values_list("language", flat=True))
    if gone:
        rows.delete()
        _said(video, actor, "media.captions_dropped", gone)


def _said(video: CourseVideo, actor: Actor, action: str, languages: list[str]) -> None:
    record(
        actor,
        action=action,
        target_type="courses.CourseVideo",
        target=video.uuid,
        data={"languages": languages},
    )
