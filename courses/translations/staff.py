"""Staff screens of translations: which courses have one, one translation with its parts, the texts of a part side by side, and
the PO file. Thin.
"""

from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses.translations import po, queries, services
from courses.translations.forms import FileForm, WithdrawForm
from courses.translations.queries import Work, languages_for, work_on
from courses.translations.rules import ONE_LINE, TITLE_MAX, Part, Segment, limit
from courses.translations.shown import language_name
from courses.translations.words import ROLES
from lms.accounts.api import Role, User, holds, user_of
from lms.lib.errors import NotAllowed, Refusal
from lms.lib.pages import paginate, staff_context

PER_PAGE = 30
# Texts of one form: each is two fields, and a phone's thumb has an end.
TEXTS_PER_PAGE = 40
# Named in full after a file was loaded; of more only the number is said.
TOLD = 20
_context = partial(staff_context, icon="globe")


@never_cache
@require_safe
def courses(request: HttpRequest) -> HttpResponse:
    """One's own courses with the languages they can be read in."""
    user = user_of(request)
    if not queries.takes_part(user):
        raise NotAllowed
    page = paginate(request, queries.courses_of(user), PER_PAGE)
    standing = queries.standing_of(list(page))
    rows = [
        {
            "course": course,
            "languages": _languages(course, {row.language: row for row in standing[course.pk]}),
        }
        for course in page
    ]
    return render(request, "courses/translations/courses.html", _context(_("课程译文"), page=page, rows=rows))


def _languages(course: Any, begun: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"code": code, "name": name, "translation": begun.get(code)} for code, name in languages_for(course)
    ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, uuid: UUID, language: str) -> HttpResponse:
    """One translation: what is done, what is stale, what waits; publishing, taking back, the file."""
    user = user_of(request)
    course = queries.course_for(user, uuid)
    work = work_on(course, language)
    faults: list[str] = []
    status = 200
    file_form, withdraw_form = FileForm(), WithdrawForm()
    if request.method == "POST":
        action = request.POST.get("action", "")
        try:
            if action == "publish":
                version = services.publish(user, course, language, seen=request.POST.get("seen", ""))
                messages.success(request, _("译文第 %(n)d 版已发布。") % {"n": version.number})
                return redirect("courses_translation", uuid=uuid, language=language)
            if action == "withdraw":
                services.withdraw(user, course, language, request.POST.get("reason", ""))
                messages.success(request, _("译文已撤下，读者看到的是原文。"))
                return redirect("courses_translation", uuid=uuid, language=language)
            file_form = FileForm(request.POST, request.FILES)
            if file_form.is_valid():
                _told(request, services.load(user, course, language, file_form.data_of()))
                return redirect("courses_translation", uuid=uuid, language=language)
            status = 422
        except Refusal as refusal:
            messages.error(request, str(refusal.message))
            faults = [str(line) for line in refusal.details.get("faults", [])]
            status = refusal.status
        work = work_on(course, language)
    waiting = work.unpublished
    current = work.translation.current if work.translation else None
    released = queries.newest_release(course)
    emptied = work.emptied if current else 0
    # The same words of the same release again would be nothing new.
    renews = (
        current is None or bool(waiting or emptied) or current.release_id != getattr(released, "pk", None)
    )
    context = _context(
        _("%(title)s：%(language)s译文") % {"title": course.title, "language": language_name(language)},
        course=course,
        language=language,
        language_name=language_name(language),
        work=work,
        current=current,
        parts=[
            {"part": part, "figures": work.figures(part), "url": _part_url(part.key)}
            for part in work.source.parts
        ],
        waiting=len(waiting),
        emptied=emptied,
        writers=sorted(queries.names_of(row.written_by for row in waiting).values()),
        must=[(segment.source, sentence, _part_url(segment.part)) for segment, sentence in work.faults],
        faults=faults[:TOLD],
        more_faults=max(0, len(faults) - TOLD),
        versions=paginate(request, queries.versions_of(work.translation), PER_PAGE),
        may_write=queries.may_write(user, course),
        may_publish=renews and released is not None and queries.may_publish(user, work),
        own_work=queries.wrote(user, work),
        may_withdraw=current is not None and _may_withdraw(user, course),
        released=released is not None,
        file_form=file_form,
        withdraw_form=withdraw_form,
    )
    return render(request, "courses/translations/one.html", context, status=status)


def _may_withdraw(user: User, course: Any) -> bool:
    roles = (*queries.WRITERS, *queries.PASSERS)
    return holds(user, *roles, organisation=course.provider) or holds(user, Role.CURATOR)


def _part_url(key: str) -> str:
    """The end of a part's address: the course's own words have none."""
    return f"{quote(key, safe='')}/" if key else ""


def _told(request: HttpRequest, loaded: services.Loaded) -> None:
    said = _("文件已载入：改动 %(saved)d 条，相同 %(same)d 条。") % {
        "saved": loaded.saved,
        "same": loaded.same,
    }
    messages.success(request, said)
    if loaded.unknown:
        named = "；".join(loaded.unknown[:TOLD])
        messages.warning(
            request,
            _("有 %(n)d 条的原文不在课程里（原文可能改过），没有载入：%(what)s")
            % {"n": len(loaded.unknown), "what": named},
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def texts(request: HttpRequest, uuid: UUID, language: str, part: str = "") -> HttpResponse:
    """The texts of a part beside their source. POST keeps what fits; what does not stays in the form with its sentence."""
    user = user_of(request)
    course = queries.course_for(user, uuid)
    work = work_on(course, language)
    found = work.source.part(part)
    page = paginate(request, found.segments, TEXTS_PER_PAGE, number=request.POST.get("page"))
    written: services.Written | None = None
    typed: dict[str, str] = {}
    if request.method == "POST":
        typed, was = _typed(request)
        written = services.write(user, course, language, part, typed, was)
        _say(request, written)
        if written.whole:
            return redirect(_after(request, work, found, page))
        work = work_on(course, language, work.source)
    context = _context(
        _("%(part)s：%(language)s译文") % {"part": found.title, "language": language_name(language)},
        course=course,
        language=language,
        language_name=language_name(language),
        part=found,
        page=page,
        gone=written.gone if written else [],
        rows=[_row(work, segment, typed, written) for segment in page],
        figures=work.figures(found),
        may_write=queries.may_write(user, course),
        next=_neighbour(work, found),
        part_end=_part_url(part),
    )
    return render(request, "courses/translations/texts.html", context, status=422 if written else 200)


def _typed(request: HttpRequest) -> tuple[dict[str, str], dict[str, str]]:
    """Digest → what was typed, and → what the writer saw there. A former text that was ticked counts as typed."""
    typed: dict[str, str] = {}
    was: dict[str, str] = {}
    for name in request.POST:
        key = name.removeprefix("t-")
        if key == name or len(typed) >= TEXTS_PER_PAGE:
            continue
        typed[key] = request.POST[name]
        was[key] = request.POST.get(f"was-{key}", "")
        if request.POST.get(f"keep-{key}") and not typed[key].strip():
            typed[key] = request.POST.get(f"former-{key}", "")
    return typed, was


def _row(
    work: Work, segment: Segment, typed: dict[str, str], written: services.Written | None
) -> dict[str, Any]:
    key = segment.digest
    has = work.rows[key].text if key in work.rows else ""
    fault = written.faults.get(key, "") if written else ""
    other = written.conflicts.get(key) if written else None
    return {
        "segment": segment,
        "key": key,
        "role": ROLES[segment.role],
        "text": typed[key] if fault or other is not None else has,
        "was": has,
        "fault": fault,
        "other": other,
        "former": work.former(segment),
        "one_line": segment.role in ONE_LINE,
        "most": max(limit(segment.role, segment.source), TITLE_MAX),
        "rows": min(12, max(2, len(segment.source) // 30 + 1)),
    }


def _say(request: HttpRequest, written: services.Written) -> None:
    if written.saved or written.cleared:
        kept = ngettext("已保存 %(n)d 条译文。", "已保存 %(n)d 条译文。", written.saved) % {
            "n": written.saved
        }
        emptied = _("清空 %(n)d 条。") % {"n": written.cleared} if written.cleared else ""
        messages.success(request, kept + emptied)
    elif written.whole:
        messages.info(request, _("没有改动。"))
    if written.faults or written.conflicts:
        many = len(written.faults) + len(written.conflicts)
        messages.error(request, _("有 %(n)d 条没有保存，原因写在各条下面。") % {"n": many})


def _after(request: HttpRequest, work: Work, part: Part, page: Page[Segment]) -> str:
    """Where to go on after saving: the next page or part where that was asked for, else here."""
    base = reverse("courses_translation_texts", args=[work.course.uuid, work.language])
    if request.POST.get("action") != "next":
        return f"{base}{_part_url(part.key)}?page={page.number}"
    if page.has_next():
        return f"{base}{_part_url(part.key)}?page={page.next_page_number()}"
    following = _neighbour(work, part)
    if following is None:
        return reverse("courses_translation", args=[work.course.uuid, work.language])
    return f"{base}{_part_url(following.key)}"


def _neighbour(work: Work, part: Part) -> Part | None:
    keys = [one.key for one in work.source.parts]
    place = keys.index(part.key) + 1
    return work.source.parts[place] if place < len(keys) else None


@never_cache
@require_safe
def file(request: HttpRequest, uuid: UUID, language: str) -> HttpResponse:
    """The translation as a PO file."""
    course = queries.course_for(user_of(request), uuid)
    work = work_on(course, language)
    data = po.written(
        work.source.parts,
        work.look,
        course=course.code,
        source_language=course.language,
        language=language,
    )
    response = HttpResponse(data, content_type="text/x-gettext-translation; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{course.code}.{language}.po"'
    return response
