"""Writing, loading, publishing and taking back translations: permission, change, audit row and event in one transaction.

Refuses: a text that would spoil what it translates (rules.fault), publishing one's own words where two have to look, and
anything half-written from a file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from courses.pages.models import CoursePage
from courses.review.queries import one_step
from courses.review.services import note
from courses.translations import po, queries
from courses.translations.models import CourseTranslation, TranslatedText, TranslationVersion
from courses.translations.queries import Source, Work, work_on
from courses.translations.rules import Segment, digest, fault, tidy
from lms.accounts.api import Role, User, holds, require_role, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import emit


@dataclass
class Written:
    """What came of writing. faults, conflicts: digest → sentence, or → the other's text; those were not kept."""

    saved: int = 0
    cleared: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    # Texts whose source was changed while the form was open: they have no place any more.
    gone: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not (self.faults or self.conflicts or self.gone)


@dataclass
class Loaded:
    """What came of a file: how many texts it changed, how many were so already, and which it has that the course has not."""

    saved: int = 0
    same: int = 0
    unknown: list[str] = field(default_factory=list)


# -- writing -----------------------------------------------------------------------------------------------


@transaction.atomic
def write(
    user: User,
    course: CoursePage,
    language: str,
    part: str,
    texts: Mapping[str, str],
    was: Mapping[str, str],
) -> Written:
    """Keep texts of one part: digest → what was typed; empty takes a text out. was: digest → what the writer saw there.

    Each fitting text is kept, whatever the others are. A text somebody else has changed meanwhile stays theirs.
    Raises NotAllowed, NotFound (no such part, no such language).
    """
    by = require_role(user, *queries.WRITERS, organisation=course.provider)
    known = {segment.digest: segment for segment in work_on(course, language).source.part(part).segments}
    translation = _locked(course, language)
    there = {row.digest: row for row in translation.texts.filter(digest__in=texts)}
    done = Written()
    changed: dict[str, str] = {}
    for key, typed in texts.items():
        segment = known.get(key)
        if segment is None:
            if typed.strip() and typed.strip() != was.get(key, "").strip():
                done.gone.append(typed.strip())
            continue
        has = there[key].text if key in there else ""
        sentence = fault(segment.role, segment.source, typed) if typed.strip() else None
        text = "" if sentence else tidy(segment.role, typed)
        if sentence:
            done.faults[key] = sentence
        elif text == has:
            continue
        elif tidy(segment.role, was.get(key, has)) != has:
            done.conflicts[key] = has
        else:
            changed[key] = text
    _keep(translation, by, {key: (known[key], text) for key, text in changed.items()})
    done.cleared = sum(not text for text in changed.values())
    done.saved = len(changed) - done.cleared
    if changed:
        note(by, "translate", course, language=language, part=part, saved=done.saved, cleared=done.cleared)
    return done


def load(
    by: User | Actor, course: CoursePage, language: str, data: bytes, *, everything: bool = False
) -> Loaded:
    """Keep every finished entry of a PO file. Raises Invalid with details {"faults": [sentences by entry]}; nothing is
    written then. Entries of texts that the course does not say are left out and named; with `everything` they are a fault.
    """
    actor = require_role_or_platform(by, *queries.WRITERS, organisation=course.provider)
    entries = po.read(data, course=course.code, language=language)
    return _load(actor, work_on(course, language), entries, everything=everything)


def take(
    by: User | Actor, course: CoursePage, language: str, entries: Iterable[po.Entry], source: Source
) -> Loaded:
    """Keep the texts that came with a course, over what the working copy has of the same; what it has besides stays. source:
    the course's draft. Raises as `load`."""
    actor = require_role_or_platform(by, *queries.WRITERS, organisation=course.provider)
    return _load(actor, work_on(course, language, source), entries)


def _load(actor: Actor, work: Work, entries: Iterable[po.Entry], *, everything: bool = False) -> Loaded:
    course, language = work.course, work.language
    done, wanted, faults = Loaded(), {}, []
    for entry in entries:
        key = digest(entry.role, entry.source)
        segment = work.source.by_digest.get(key)
        sentence = fault(entry.role, entry.source, entry.text) if segment else None
        if sentence:
            faults.append(_("第 %(line)d 行：%(what)s") % {"line": entry.line, "what": sentence})
        elif segment is None:
            done.unknown.append(" ".join(entry.source.split())[:60])
        else:
            wanted[key] = (segment, tidy(entry.role, entry.text))
    if everything and done.unknown:
        faults += [_("课程里没有这段原文：%(what)s") % {"what": what} for what in done.unknown]
    if faults:
        raise Invalid(
            _("文件里有 %(n)d 处要改，什么都没有写入。") % {"n": len(faults)},
            code="translation_file",
            details={"faults": faults},
        )
    with transaction.atomic():
        translation = _locked(course, language)
        has = dict(translation.texts.values_list("digest", "text"))
        changed = {key: found for key, found in wanted.items() if has.get(key) != found[1]}
        _keep(translation, actor, changed)
        done.saved, done.same = len(changed), len(wanted) - len(changed)
        if changed:
            note(actor, "translate_file", course, language=language, saved=done.saved)
    return done


def _locked(course: CoursePage, language: str) -> CourseTranslation:
    """The row of the translation, made where there is none: one writer at a time."""
    CourseTranslation.objects.get_or_create(course=course, language=language, defaults={"begun_at": now()})
    # `of`: what readers have is another table, which only publishing changes.
    rows = CourseTranslation.objects.select_for_update(of=("self",)).select_related("current")
    return rows.get(course=course, language=language)


def _keep(translation: CourseTranslation, by: Actor, changed: Mapping[str, tuple[Segment, str]]) -> None:
    moment = now()
    translation.texts.filter(digest__in=[key for key, (_of, text) in changed.items() if not text]).delete()
    rows = [
        TranslatedText(
            translation=translation,
            digest=key,
            role=segment.role,
            source=segment.source,
            part=segment.part,
            text=text,
            written_by=by.person,
            written_at=moment,
        )
        for key, (segment, text) in changed.items()
        if text
    ]
    TranslatedText.objects.bulk_create(
        rows,
        batch_size=200,
        update_conflicts=True,
        unique_fields=["translation", "digest"],
        update_fields=["source", "part", "text", "written_by", "written_at"],
    )


# -- what readers have -------------------------------------------------------------------------------------


@transaction.atomic
def publish(
    by: User | Actor, course: CoursePage, language: str, *, seen: str | None = None
) -> TranslationVersion:
    """Readers have the texts as they stand now; the same texts again give the version there is. seen: the fingerprint of what
    its publisher looked at.

    Raises NotAllowed (no approver; one's own words), Conflict (no release yet, nothing written, written anew since it was
    looked at), Invalid with details
    {"faults": …} where a quiz would be spoilt.
    """
    release = queries.newest_release(course)
    if release is None:
        raise Conflict(_("课程还没有发布过，译文等课程发布以后再发布。"))
    translation = _locked(course, language)
    work = work_on(course, language, queries.source_of_release(release))
    if not work.rows:
        raise Conflict(_("还没有译文可以发布。"))
    actor = _publisher(by, work)
    if seen is not None and seen != work.fingerprint:
        raise Conflict(
            _("你打开这一页以后译文又有改动，没有发布。请看过现在的内容再发布。"), code="texts_changed"
        )
    if work.faults:
        lines = [f"{segment.source[:60]}：{sentence}" for segment, sentence in work.faults]
        raise Invalid(_("有的题目译文要先改好。"), code="translation_faults", details={"faults": lines})
    current = translation.current
    if current is not None and current.texts == work.texts and current.release_id == release.pk:
        return current
    total = len(work.source.by_digest)
    done = len(work.source.by_digest.keys() & work.rows.keys())
    version = _version(
        translation,
        release=release,
        title=work.look("title", release.title) or "",
        summary=work.look("summary", release.summary) or "",
        done=done,
        total=total,
        texts=work.texts,
    )
    note(
        actor, "translation_publish", course, language=language, number=version.number, done=done, total=total
    )
    _announce(course, version)
    return version


@transaction.atomic
def withdraw(by: User | Actor, course: CoursePage, language: str, reason: str) -> None:
    """Readers have the original again, until the next version. Raises NotAllowed, Invalid, Conflict (nothing is published)."""
    actor = _withdrawer(by, course)
    text = " ".join(reason.split())
    if len(text) < 4:
        raise Invalid(_("请写明理由（至少 4 个字）。"), details={"field": "reason"})
    if language not in dict(queries.languages_for(course)):
        raise NotFound
    translation = _locked(course, language)
    if translation.current is None:
        raise Conflict(_("这门课程没有已发布的译文。"))
    version = _version(
        translation,
        release=translation.current.release,
        withdrawn=True,
        done=0,
        total=translation.current.total,
    )
    note(actor, "translation_withdraw", course, text[:200], language=language, number=version.number)
    _announce(course, version)


def _version(translation: CourseTranslation, **fields: Any) -> TranslationVersion:
    last = translation.versions.order_by("-number").values_list("number", flat=True).first()
    version = TranslationVersion.objects.create(
        translation=translation, number=(last or 0) + 1, published_at=now(), **fields
    )
    translation.current = None if version.withdrawn else version
    translation.save(update_fields=["current"])
    return version


def _publisher(by: User | Actor, work: Work) -> Actor:
    course = work.course
    if isinstance(by, Actor):
        return require_role_or_platform(by)
    if by.is_superuser or one_step(course.provider):
        return require_role(by, *queries.WRITERS, *queries.PASSERS, organisation=course.provider)
    actor = require_role(by, *queries.PASSERS, organisation=course.provider)
    if queries.wrote(by, work):
        raise NotAllowed(_("里面有你自己写的译文，要由另一位同事来发布。"), code="oneself")
    return actor


def _withdrawer(by: User | Actor, course: CoursePage) -> Actor:
    if isinstance(by, Actor):
        return require_role_or_platform(by)
    if holds(by, Role.CURATOR):
        return require_role(by, Role.CURATOR)
    return require_role(by, *queries.WRITERS, *queries.PASSERS, organisation=course.provider)


def _announce(course: CoursePage, version: TranslationVersion) -> None:
    emit("course.translated", {"course": str(course.uuid)}, key=f"course.translated:{version.uuid}")
