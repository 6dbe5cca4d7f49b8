"""What the player page shows: one lesson of a pinned release, in a fixed number of queries however long the course."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.urls import reverse

from courses.activities.api import scorm_url, shown
from courses.api import ReleaseLesson, lesson_outline
from courses.h5p.api import play_url
from courses.media.api import films, pictures
from courses.translations.api import Words
from lms.accounts.api import User, brand_of
from lms.learning.assessment.models import QuizAttempt
from lms.learning.cmi5.queries import in_lesson as cmi5_in
from lms.learning.enrolment.models import Enrolment
from lms.learning.holds import words
from lms.learning.holds.queries import of_course
from lms.learning.lti.platform import people
from lms.learning.permits.words import standing_of
from lms.learning.records.models import H5PState
from lms.learning.study.models import LessonProgress
from lms.learning.study.offline.queries import pending_of
from lms.learning.study.offline.rules import KEEPABLE
from lms.learning.study.queries import counted_on, progress_by_lesson
from lms.lib.clock import today


def page(
    user: User, enrolment: Enrolment, lesson: ReleaseLesson, said: Words | None = None
) -> dict[str, Any]:
    """The context of learning/player.html. said: how a reader in another language has the words."""
    outline = lesson_outline(enrolment.release)
    release = enrolment.release
    if said:
        outline, lesson, release = said.outline(outline), said.lesson(lesson), said.release(release)
    progress = progress_by_lesson(enrolment)
    place = next(index for index, row in enumerate(outline) if row.pk == lesson.pk)
    own = progress.get(lesson.pk)
    shown = blocks(user, enrolment, lesson, own)
    return {
        "enrolment": enrolment,
        "release": release,
        "words": said,
        "brand": brand_of(enrolment.release.provider),
        "lesson": lesson,
        "place": place + 1,
        "blocks": shown,
        "has_cmi5": any(block.get("cmi5") for block in shown),
        "progress": own,
        "percent": own.percent if own else (0 if lesson.nominal_ms else 100),
        "counted_ms": own.counted_ms if own else 0,
        "today_ms": counted_on(user, today()),
        "previous": outline[place - 1] if place else None,
        "next": outline[place + 1] if place + 1 < len(outline) else None,
        "chapters": _chapters(outline, progress, lesson),
        "pending": pending_of(enrolment, lesson) if getattr(own, "waits", False) else None,
        "holds": words.notices(of_course(user, enrolment)),
        "standing": standing_of(enrolment),
        "keepable": keepable(lesson, shown),
        "keeping": keeping(shown),
        "config": study_config(user, enrolment, lesson),
    }


def keepable(lesson: ReleaseLesson, shown: list[dict[str, Any]]) -> bool:
    """Whether the lesson may be taken along: nothing in it needs the line, and every film may be copied."""
    return set(lesson.block_kinds) <= KEEPABLE and all(
        block["film"]["keepable"] for block in shown if block.get("film")
    )


def keeping(shown: list[dict[str, Any]]) -> dict[str, int]:
    """How much taking the lesson's films along costs, as small films and as sound alone (bytes); empty where not all of
    them have both.
    """
    made = [block.get("film") or {} for block in shown if block["type"] in ("video", "audio")]
    if not made or not all(film.get("audio") and (film["small"] or not film["sizes"]) for film in made):
        return {}
    audio = sum(film["audio_bytes"] for film in made)
    small = sum(film["small_bytes"] or film["audio_bytes"] for film in made)
    return {"small": small, "audio": audio} if small != audio else {}


def blocks(
    user: User, enrolment: Enrolment, lesson: ReleaseLesson, progress: LessonProgress | None
) -> list[dict[str, Any]]:
    """The lesson's blocks as templates want them; a quiz's questions and answers stay here."""
    quizzes = _quiz_states(enrolment, lesson)
    contents = [UUID(item["value"]["content"]) for item in lesson.blocks if item["type"] == "h5p"]
    states = (
        dict(H5PState.objects.filter(person=user, content__in=contents).values_list("content", "state"))
        if contents
        else {}
    )
    granted = set(progress.granted) if progress else set()
    offers = films(lesson.blocks, enrolment.release.course_id)
    sources = pictures(lesson.blocks)
    launches = cmi5_in(enrolment, lesson)
    asking = people.asking(item["value"]["tool"] for item in lesson.blocks if item["type"] == "lti")
    found = []
    for item in lesson.blocks:
        block = {**item, "granted": item["id"] in granted}
        address = [enrolment.uuid, lesson.uuid, item["id"]]
        if item["type"] == "h5p":
            content = UUID(item["value"]["content"])
            block["h5p"] = {
                "uuid": content,
                "src": play_url(content),
                "title": item["value"]["title"],
                "state": states.get(content, {}),
                "state_id": f"h5p-state-{content}",
                "state_url": reverse("learning:h5p_state", args=address),
                "statements_url": reverse("learning:h5p_statements", args=address),
            }
        elif item["type"] in ("video", "audio"):
            block["film"] = offers.get(item["value"].get("file", ""))
            block["film_id"] = f"film-{item['id']}"
        elif item["type"] == "lti":
            block["lti_url"] = reverse("lti:launch", args=address)
            block["asks_name"] = item["value"]["tool"] in asking
        elif item["type"] == "image":
            block["sources"] = sources.get(item["value"].get("file", ""), [])
        elif item["type"] == "package" and item["value"]["kind"] != "cmi5":
            block["scorm"] = scorm_frame(item["value"], address)
        elif item["type"] == "package":
            block["cmi5"] = launches.get(item["id"])
        elif item["type"] == "quiz":
            value = item["value"]
            block["value"] = {"title": value["title"], "pass_percent": value["pass_percent"]}
            block["quiz"] = {
                "count": len(value["questions"]),
                "url": reverse("learning:quiz", args=address),
                **quizzes.get(item["id"], {"passed": False, "best": None, "open": False}),
            }
        found.append(block)
    return found


def scorm_frame(value: dict[str, Any], address: list[Any]) -> dict[str, Any]:
    """What the page needs to run a part of a SCORM package; `playable`: whether packages are served at all."""
    return shown(value) | {
        "src": scorm_url(UUID(value["package"]), value["part"]),
        "open_url": reverse("learning:scorm_open", args=address),
        "commit_url": reverse("learning:scorm_commit", args=address),
    }


def _quiz_states(enrolment: Enrolment, lesson: ReleaseLesson) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    rows = QuizAttempt.objects.filter(enrolment=enrolment, lesson=lesson)
    for block, percent, passed, closed_at in rows.values_list("block", "percent", "passed", "closed_at"):
        state = found.setdefault(block, {"passed": False, "best": None, "open": False})
        state["passed"] = state["passed"] or bool(passed)
        state["open"] = state["open"] or closed_at is None
        if percent is not None:
            state["best"] = max(state["best"] or 0, percent)
    return found


def _chapters(
    outline: list[ReleaseLesson], progress: dict[int, LessonProgress], here: ReleaseLesson
) -> list[dict[str, Any]]:
    def row(lesson: ReleaseLesson) -> dict[str, Any]:
        own = progress.get(lesson.pk)
        return {
            "lesson": lesson,
            "percent": own.percent if own else (0 if lesson.nominal_ms else 100),
            "met": own.is_met if own else not lesson.nominal_ms,
            "here": lesson.pk == here.pk,
        }

    return [
        {"title": title, "lessons": [row(lesson) for lesson in lessons]}
        for title, lessons in groupby(outline, key=lambda lesson: lesson.chapter_title)
    ]


def study_config(user: User, enrolment: Enrolment, lesson: ReleaseLesson) -> dict[str, Any]:
    """What the page's script needs to measure and report; nothing secret, the session's token comes by opening."""
    return {
        "person": str(user.uuid),
        "enrolment": str(enrolment.uuid),
        "lesson": str(lesson.uuid),
        "open": reverse("learning:study_open"),
        "report": reverse("learning:study_report"),
        "takeOver": reverse("learning:study_take_over"),
        "presence": reverse("learning:study_presence"),
        "ticket": reverse("learning:study_ticket"),
        "offline": reverse("learning:study_offline"),
        "worker": reverse("learning:offline_worker"),
        "login": reverse("account_login"),
    }
