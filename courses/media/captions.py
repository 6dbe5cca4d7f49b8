"""Captions that staff give a film, one file a language: read as WebVTT or SubRip, kept as WebVTT.

Owns: which languages there are to choose from, and the rows that staff write. Refuses: what is no captions. A file
that is replaced stays in the storage: published lessons go on with the one they pinned.
"""

from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.db import transaction

from courses.media.models import CourseVideo, VideoCaption
from courses.packs import sniff
from courses.packs.files import SIZE_LIMITS
from courses.packs.foreign.captions import as_webvtt
from lms.lib.actor import Actor
from lms.lib.audit.services import record

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
