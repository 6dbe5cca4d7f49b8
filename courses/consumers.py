"""What courses do on events: keep the search index in step, and register with search what they have."""

from typing import Any
from uuid import UUID

from courses.media import pictures
from courses.packs.models import PackImport
from courses.pages.models import CoursePage
from courses.searching import SOURCES, lesson_ids, unread_files
from lms.lib.actor import Actor
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import enqueue
from lms.lib.outbox.registry import Event, consumer
from search import api as search

READ_JOB = "courses.lesson_words"

for source in SOURCES:
    search.register(source)


@consumer("course.published", name="courses.index")
def index_course(event: Event) -> None:
    search.index("course", [event.payload["course"]])


@consumer("course.unpublished", name="courses.unindex")
def unindex_course(event: Event) -> None:
    # Indexing reads what is live now: a late event does not take out a course that was published again.
    search.index("course", [event.payload["course"]])


@consumer("course.taken", name="courses.index_taken")
def index_taken(event: Event) -> None:
    search.index("course", [event.payload["course"]])


@consumer("course.published", name="courses.index_lessons")
def index_lessons(event: Event) -> None:
    course = UUID(event.payload["course"])
    search.index("lesson", lesson_ids(course))
    if unread_files(course):
        enqueue(READ_JOB, {"course": str(course)}, Actor.system("search"))


@job(READ_JOB)
def read_lessons(ctx: JobContext) -> dict[str, Any]:
    """args: {"course": uuid}. Reads the files in a course's lessons, each for itself and in no transaction, so that nobody waits
    for a long book to write something; then its lessons are found by their words.
    """
    course = UUID(ctx.args["course"])
    readers = unread_files(course)
    for done, (key, reader) in enumerate(sorted(readers.items())):
        ctx.check_cancelled()
        ctx.progress(done, len(readers))
        with ctx.held():
            search.texts_of({key: reader})
    search.index("lesson", lesson_ids(course))
    return {"files": len(readers)}


@consumer("course.unpublished", name="courses.unindex_lessons")
def unindex_lessons(event: Event) -> None:
    search.index("lesson", lesson_ids(UUID(event.payload["course"])))


@consumer("course.published", name="courses.index_provider")
def index_provider(event: Event) -> None:
    # A provider has a page as long as it has a course, or says something of itself.
    providers = CoursePage.objects.filter(uuid=event.payload["course"]).values_list(
        "provider__uuid", flat=True
    )
    search.index("organisation", map(str, providers))


@consumer("course.published", name="courses.index_packs")
def index_packs(event: Event) -> None:
    """Its packs go by its title."""
    _index_packs([event.payload["course"]])


@consumer("course.unpublished", name="courses.unindex_provider")
def unindex_provider(event: Event) -> None:
    index_provider(event)


@consumer("course.changed", name="courses.index_changed")
def index_changed(event: Event) -> None:
    """Who may see some courses, their address or what no release pins has changed."""
    courses = event.payload["courses"]
    search.index("course", courses)
    search.index("lesson", [one for course in courses for one in lesson_ids(UUID(course))])
    providers = (
        CoursePage.objects.filter(uuid__in=courses).order_by().values_list("provider__uuid", flat=True)
    )
    search.index("organisation", map(str, providers.distinct()))
    _index_packs(courses)


def _index_packs(courses: list[str]) -> None:
    rows = PackImport.objects.filter(course__uuid__in=courses).values_list("uuid", flat=True)
    search.index("pack", map(str, rows))


@consumer("organisation.changed", name="courses.index_organisation")
def index_organisation(event: Event) -> None:
    search.index("organisation", [event.payload["organisation"]])


@consumer("organisation.branded", name="courses.index_brand")
def index_brand(event: Event) -> None:
    search.index("organisation", [event.payload["organisation"]])


@consumer("pack.imported", name="courses.index_pack")
def index_pack(event: Event) -> None:
    search.index("pack", [event.payload["pack"]])


@consumer("course.translated", name="courses.index_words")
def index_words(event: Event) -> None:
    search.index("course", [event.payload["course"]])


@consumer("course.published", name="courses.pictures")
def make_pictures(event: Event) -> None:
    pictures.ask(UUID(event.payload["release"]), Actor.system("media"))
