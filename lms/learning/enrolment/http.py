"""Beginning a course, my learning, and one course's way to its end."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from courses.api import course_by_uuid, has_foreign, lesson_outline
from lms.accounts.api import User, actor, real_name_status
from lms.learning.certificates.models import Certificate
from lms.learning.certificates.queries import Paper, nameable, paper_in_force
from lms.learning.certificates.services import issue
from lms.learning.certificates.withdrawal import withdrawn_sentence
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import lesson_states, missing_of
from lms.learning.enrolment import queries, services
from lms.learning.enrolment.models import Enrolment
from lms.learning.holds import words
from lms.learning.holds.queries import of_course
from lms.learning.permits.words import standing_of
from lms.learning.player.words import in_words, words_of
from lms.learning.ratings.models import Stars
from lms.learning.ratings.queries import rating_of
from lms.learning.ratings.rules import may_rate
from lms.learning.ratings.services import bar
from lms.learning.rosters.queries import request_sentence, with_requests
from lms.learning.signed_in import Asked, signed_in
from lms.learning.study.queries import counted_on, days_of_course
from lms.lib.clock import today
from lms.lib.pages import paginate


def begin(request: HttpRequest, course: UUID) -> HttpResponse:
    """POST enrols and leads to the first lesson. Whoever had to sign in first comes back by GET, to the course page."""
    page = course_by_uuid(course)
    if request.method != "POST" or not request.user.is_authenticated:
        if request.user.is_authenticated:
            return redirect(page.get_url(request) or "/courses/")
        return redirect(f"{reverse('account_login')}?next={request.path}")
    return _begin(request, course)  # type: ignore[arg-type]


@require_POST
@signed_in
def _begin(request: Asked, course: UUID) -> HttpResponse:
    enrolment = services.enrol(request.user, course_by_uuid(course), actor(request.user))
    return redirect(queries.progress_of([enrolment])[0].resume_url)


@require_safe
@signed_in
def home(request: Asked) -> HttpResponse:
    """My learning: what an employer asks for and what is under way first, then what is done; ten queries however many
    there are, two more where a certificate bears no real name.
    """
    under_way = with_requests(queries.of_person(request.user).filter(state=Enrolment.State.ACTIVE))
    page = paginate(request, under_way)
    done = list(
        Completion.objects.filter(person=request.user)
        .select_related("release__provider", "enrolment", "certificate")
        .prefetch_related("top_ups", "corrections")
        .order_by("-completed_at")[:50]
    )
    context = {
        "page": page,
        "courses": [
            {"item": item, "asked": request_sentence(item.enrolment, today())}
            for item in queries.progress_of(list(page.object_list))
        ],
        "done": done,
        # Asked only where a certificate bears no real name: most bear one.
        "unnamed": nameable(request.user).count() if _lacks_name(done) else 0,
        "today_ms": counted_on(request.user, today()),
        # Who signs in to work and learns nothing here is shown the way on; asked only then.
        "staff": not page.object_list and request.user.has_perm("wagtailadmin.access_admin"),
    }
    return render(request, "learning/home.html", context)


@require_safe
@signed_in
def course(request: Asked, enrolment: UUID) -> HttpResponse:
    """One course: its lessons with what counted, what is missing, and the certificate at the end."""
    item = queries.own(request.user, enrolment)
    said = words_of(request, item)
    states = in_words({state.key: state for state in lesson_states(item)}, said)
    outline = lesson_outline(item.release)
    chapters = [
        {"title": title, "lessons": [{"lesson": row, "state": states[row.key]} for row in rows]}
        for title, rows in groupby(
            said.outline(outline) if said else outline, key=lambda row: row.chapter_title
        )
    ]
    completion = Completion.objects.filter(enrolment=item).first()
    paper = _certificate(completion) if completion else None
    progress = queries.progress_of([item])[0]
    context = {
        "enrolment": item,
        "release": said.release(item.release) if said else item.release,
        "words": said,
        "progress": progress,
        "rating": _rating(request.user, item, progress),
        "days": days_of_course(item),
        "chapters": chapters,
        "foreign": has_foreign(outline),
        "missing": missing_of(item, list(states.values())),
        "completion": completion,
        "standing": standing_of(item, completion),
        "holds": words.notices(of_course(request.user, item)),
        "certificate": paper,
        "withdrawn": withdrawn_sentence(paper.certificate) if paper else "",
        "nameable": paper is not None
        and not paper.real_name
        and real_name_status(request.user) == "verified",
    }
    return render(request, "learning/course.html", context)


def _rating(user: User, item: Enrolment, progress: queries.CourseProgress) -> dict[str, Any] | None:
    """What the form of the person's rating shows; None before they know the course. bar: why there is no form. fresh: never
    rated, so asked.
    """
    completed = item.state == Enrolment.State.COMPLETED
    known = may_rate(completed=completed, met=progress.lessons_met, lessons=progress.lessons)
    row = rating_of(item)
    own = row if row is not None and row.stars is not None else None
    if own is None and not known:
        return None
    return {
        "own": own,
        "fresh": row is None,
        "bar": "" if own else bar(user, item),
        "choices": Stars.choices,
    }


def _lacks_name(done: list[Completion]) -> bool:
    certificates = (getattr(item, "certificate", None) for item in done)
    return any(item is not None and not item.real_name for item in certificates)


def _certificate(completion: Completion) -> Paper:
    # Ordered as a job at completion; whoever looks sooner than the worker needn't wait.
    found = Certificate.objects.filter(completion=completion).first() or issue(completion.uuid)
    return paper_in_force(found)
