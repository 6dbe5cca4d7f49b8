"""What courses do on events: keep the search index in step, and register with search what they have."""

from uuid import UUID

from courses.media import pictures
from courses.searching import CourseSource
from lms.lib.actor import Actor
from lms.lib.outbox.registry import Event, consumer
from search import api as search

search.register(CourseSource())


@consumer("course.published", name="courses.index")
def index_course(event: Event) -> None:
    search.index("course", [event.payload["course"]])


@consumer("course.unpublished", name="courses.unindex")
def unindex_course(event: Event) -> None:
    # Indexing reads what is live now: a late event does not take out a course that was published again.
    search.index("course", [event.payload["course"]])


@consumer("course.translated", name="courses.index_words")
def index_words(event: Event) -> None:
    search.index("course", [event.payload["course"]])


@consumer("course.published", name="courses.pictures")
def make_pictures(event: Event) -> None:
    pictures.ask(UUID(event.payload["release"]), Actor.system("media"))
