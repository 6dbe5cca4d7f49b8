"""Films and recordings by themselves, with their captions: one file, or a zip of nothing else → a lesson each.

Captions belong to the film of the same stem (pump.mp4, pump.zh.srt); folders are units.
"""

from __future__ import annotations

import posixpath
import re

from django.utils.translation import gettext_lazy as _

from courses.packs import sniff
from courses.packs.foreign.encodings import BIG5, chinese
from courses.packs.foreign.markup import decoded
from courses.packs.foreign.outline import Download, Film, Outline, Page, Piece, Subtitle, Unit
from courses.packs.foreign.sources import Source
from courses.packs.foreign.webpages import extension, natural
from courses.packs.problems import Problem

_FILMS = ("mp4", "m4v", "webm")
_SOUNDS = ("mp3",)
_CAPTIONS = ("vtt", "srt")
_POSTERS = ("jpg", "jpeg", "png", "webp")
_TEXTS = ("txt",)
# Of the same family, and of no use here: named, each by its kind.
_OTHERS = (
    "mov",
    "avi",
    "mkv",
    "flv",
    "wmv",
    "mpg",
    "mpeg",
    "3gp",
    "ogv",
    "m4a",
    "wav",
    "ogg",
    "aac",
    "flac",
    "ass",
    "lrc",
    "sub",
    "sbv",
    "smi",
    "ttml",
    "dfxp",
)
# Handouts that lie beside films: downloads.
_PAPERS = ("pdf", "docx", "pptx", "xlsx")
_HAN, _KANA = re.compile("[\u4e00-\u9fff]"), re.compile("[\u3040-\u30ff]")
# What people write before the last dot of a caption's name → BCP 47 and what it is called.
_LANGUAGES = {
    "zh": ("zh-Hans", "中文"),
    "zh-cn": ("zh-Hans", "中文"),
    "zh-hans": ("zh-Hans", "中文"),
    "chs": ("zh-Hans", "中文"),
    "sc": ("zh-Hans", "中文"),
    "zho": ("zh-Hans", "中文"),
    "chi": ("zh-Hans", "中文"),
    "中文": ("zh-Hans", "中文"),
    "简体": ("zh-Hans", "中文"),
    "zh-tw": ("zh-Hant", "繁體中文"),
    "zh-hk": ("zh-Hant", "繁體中文"),
    "zh-hant": ("zh-Hant", "繁體中文"),
    "cht": ("zh-Hant", "繁體中文"),
    "tc": ("zh-Hant", "繁體中文"),
    "繁体": ("zh-Hant", "繁體中文"),
    "en": ("en", "English"),
    "eng": ("en", "English"),
    "英文": ("en", "English"),
    "bo": ("bo", "བོད་ཡིག"),
    "ug": ("ug", "ئۇيغۇرچە"),
    "mn": ("mn", "Монгол"),
    "ja": ("ja", "日本語"),
    "jpn": ("ja", "日本語"),
    "ko": ("ko", "한국어"),
    "kor": ("ko", "한국어"),
    "ru": ("ru", "Русский"),
    "rus": ("ru", "Русский"),
    "fr": ("fr", "Français"),
    "de": ("de", "Deutsch"),
    "es": ("es", "Español"),
}
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.I)


class Media:
    name = "media"
    label = _("视频和音频（可带字幕）")
    extensions = ("mp4", "m4v", "webm", "mp3", "zip")

    def recognises(self, source: Source) -> bool:
        if source.kind == "file":
            return sniff.kind_of(source.head) in ("mp4", "webm", "mp3")
        names = source.names
        if source.kind != "zip" or not any(extension(name) in _FILMS + _SOUNDS for name in names):
            return False
        known = _FILMS + _SOUNDS + _CAPTIONS + _POSTERS + _TEXTS + _OTHERS + _PAPERS
        return all(extension(name) in known for name in names)

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name, title=posixpath.splitext(posixpath.basename(source.name))[0])
        _Reading(source, outline).read()
        return outline


ADAPTER = Media()


class _Reading:
    def __init__(self, source: Source, outline: Outline) -> None:
        self.source, self.outline = source, outline
        self.names = sorted(source.names, key=natural)
        self.used: set[str] = set()

    def read(self) -> None:
        units: dict[str, Unit] = {}
        for name in self.names:
            if not self._plays(name) and extension(name) not in _PAPERS:
                continue
            folder = posixpath.dirname(name)
            title = posixpath.basename(folder) or self.outline.title
            stem = posixpath.splitext(posixpath.basename(name))[0]
            self.used.add(name)
            piece = self._piece(name, stem) if self._plays(name) else Download(name, posixpath.basename(name))
            units.setdefault(folder, Unit(title)).pages.append(Page(name, stem, [piece]))
        self.outline.units = list(units.values())
        for name in self.names:
            if extension(name) in _OTHERS:
                self.outline.lose(name, posixpath.basename(name), "lost_kind", what=f".{extension(name)}")
            elif name not in self.used:
                self.outline.lose(name, posixpath.basename(name), "lost_unused")

    def _plays(self, name: str) -> bool:
        return self.source.kind == "file" or extension(name) in _FILMS + _SOUNDS

    def _piece(self, name: str, stem: str) -> Piece:
        return Film(name, stem, tuple(self._captions(name)), self._poster(name), self._transcript(name))

    def _captions(self, film: str) -> list[Subtitle]:
        found: dict[str, Subtitle] = {}
        for name in self.names:
            said = self._of(name, film, _CAPTIONS)
            if said is None:
                continue
            self.used.add(name)
            lang, label = language_of(said) if said else self._spoken(name)
            if lang in found:
                reason = Problem("caption_twice", "", {"value": lang})
                self.outline.lose(name, posixpath.basename(name), "lost_file", reason=reason)
            else:
                found[lang] = Subtitle(name, lang, label)
        return list(found.values())

    def _spoken(self, name: str) -> tuple[str, str]:
        """The language of captions whose name does not say it: Chinese shows in its signs, others do not."""
        data = self.source.text(name, 2 * 1024**2)
        text = decoded(data) if data is not None else ""
        if _HAN.search(text):
            if _KANA.search(text):
                return "ja", "日本語"
            return _LANGUAGES["cht" if _traditional(data or b"") else "chs"]
        return "und", ""

    def _poster(self, film: str) -> str:
        return next((self._mine(name) for name in self.names if self._of(name, film, _POSTERS) == ""), "")

    def _transcript(self, film: str) -> str:
        """A text of the same stem is what is said in the film."""
        name = next((self._mine(name) for name in self.names if self._of(name, film, _TEXTS) == ""), "")
        data = self.source.text(name, 1024**2) if name else None
        return decoded(data).strip() if data is not None else ""

    def _mine(self, name: str) -> str:
        self.used.add(name)
        return name

    def _of(self, name: str, film: str, kinds: tuple[str, ...]) -> str | None:
        """What stands between the film's stem and the extension, None where the file is not the film's."""
        if extension(name) not in kinds or posixpath.dirname(name) != posixpath.dirname(film):
            return None
        stem = posixpath.splitext(posixpath.basename(film))[0].casefold()
        own = posixpath.splitext(posixpath.basename(name))[0].casefold()
        if own == stem:
            return ""
        # pump.zh.srt and pump_zh.srt, but not pump2.srt.
        return own[len(stem) + 1 :] if own.startswith(stem) and own[len(stem)] in "._- " else None


def _traditional(data: bytes) -> bool:
    """Whether a Chinese text is written as in Taiwan and Hong Kong: by its encoding, where that says so."""
    try:
        data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
    except UnicodeDecodeError:
        chosen = chinese(data)
        return chosen is not None and chosen.name == BIG5
    return False


def language_of(said: str) -> tuple[str, str]:
    """A caption's language as BCP 47 and its label, from the part of its name that says so."""
    tag = said.strip("._- ()[]").replace("_", "-").casefold()
    if tag in _LANGUAGES:
        return _LANGUAGES[tag]
    # pump.forced.en.srt: the last part says the language.
    last = re.split(r"[.\s]", tag)[-1]
    if last in _LANGUAGES:
        return _LANGUAGES[last]
    return (tag, tag) if _TAG.fullmatch(tag) and len(tag) <= 12 else ("und", tag)
