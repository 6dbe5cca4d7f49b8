"""In which language a learner reads a course: its translation where the reader's language has one, else the source."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from courses.translations.api import Words, words_for
from lms.learning.completion.rules import LessonState


def words_of(request: HttpRequest, item: Any) -> Words | None:
    """None where the course is in the reader's language. item: an enrolment or attempt as `own` and `own_attempt` give it, with
    `course_language`."""
    release = item.release if hasattr(item, "release") else item.enrolment.release
    return words_for(release.course_id, item.course_language, request)


def in_words(states: dict[str, LessonState], words: Words | None) -> dict[str, LessonState]:
    """What stands of each lesson, its name and its quizzes' as the reader has them."""
    if words is None:
        return states
    return {
        key: replace(
            state,
            title=words.say("lesson", state.title),
            quizzes=tuple(replace(quiz, title=words.say("quiz", quiz.title)) for quiz in state.quizzes),
        )
        for key, state in states.items()
    }
