"""What the bench measures on: a catalogue, people who study, accounts. Generated, in the database it is given."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from courses.models import Release
from lms.accounts.api import actor
from lms.accounts.models import User
from lms.learning.enrolment.services import enrol
from lms.lib.clock import now
from lms.lib.outbox.models import OutboxEvent
from search import api as search
from tests.factories import courses as make

WORDS = [
    "电工",
    "数控",
    "焊接",
    "叉车",
    "网络安全",
    "知识产权",
    "应急管理",
    "精益生产",
    "财会",
    "护理",
    "农技",
    "文旅",
]


def catalogue(size: int) -> list[Release]:
    """`size` released courses with two lessons each, and one of 60 lessons."""
    kinds = ["public", "specialty", "vocational"]
    made = [
        make.released_course(
            title=f"{WORDS[number % len(WORDS)]}课程 {number}",
            kind=kinds[number % 3],
            sector="industry" if number % 3 == 1 else "",
            year=2025 + number % 2,
        )
        for number in range(size)
    ]
    made.append(make.released_course([[make.text()] for _ in range(60)], title="六十课时的课程"))
    # Into the index at once, as `reindex` does; event by event, as a day brings them, takes longer than what is measured.
    OutboxEvent.objects.filter(done_at=None).update(done_at=now())
    for kind in ("course", "lesson", "organisation"):
        search.rebuild(kind)
    return made


def people(count: int) -> list[User]:
    first = User.objects.count()
    rows = [User(email=f"bench{first + number}@example.com", password="!") for number in range(count)]
    return User.objects.bulk_create(rows)


def opened_sessions(count: int, open_session: Callable[..., Any]) -> list[tuple[User, Any, str]]:
    """(user, study session as opened, id of the lesson's block) for each of `count` learners of one new course."""
    release = make.released_course()
    lesson = release.lessons.first()
    block = lesson.blocks[0]["id"]
    opened = []
    for user in people(count):
        enrolment = enrol(user, release.course, actor(user))
        opened.append(
            (user, open_session(user, enrolment, lesson.uuid, device="bench", device_kind="pc"), block)
        )
    return opened


def session_cookie(user: User) -> str:
    """A signed-in session as a Cookie header, without the seconds that Argon2 takes."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return f"sessionid={store.session_key}"
