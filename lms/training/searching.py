"""What training gives to search: the plans in force and the bundles on offer.

Owns: their documents, and the events after which they are looked at again. Refuses: drafts, and versions that were replaced.
"""

from collections.abc import Iterable, Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import organisation_names
from lms.lib.outbox.registry import Event, consumer
from lms.training.bundles.queries import published
from lms.training.yearly_plans.queries import in_force
from search import api as search
from search.api import PUBLIC, Document, Facet

BATCH = 100
YEAR = Facet("year", _("年度"), order="falling")
PROVIDER = Facet("provider", pgettext_lazy("机构", "单位"), look_up=organisation_names)


class PlanSource:
    """The version in force of every yearly plan; the id is the plan's, whatever the version."""

    type = "plan"
    label = pgettext_lazy("种类", "年度计划")
    facets = (YEAR, PROVIDER)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        rows = in_force().order_by("pk").prefetch_related("courses")
        if ids is not None:
            rows = rows.filter(series__in=list(ids))
        for row in rows.iterator(chunk_size=BATCH):
            yield Document(
                type=self.type,
                id=str(row.series),
                title=row.title,
                summary=row.note[:300],
                body=" ".join([row.note, *(course.title for course in row.courses.all())]),
                url=reverse("plans:plan", args=[row.uuid]),
                facets={"year": [str(row.year)], "provider": [row.authority.code]},
                extra={
                    "icon": "calendar",
                    "provider": row.authority.name,
                    "year": row.year,
                    "number": row.number,
                },
                published_at=row.published_at,
                audience=[PUBLIC],
                keywords=[row.number, row.authority.name],
            )


class BundleSource:
    """Published bundles with the courses in them that can be begun."""

    type = "bundle"
    label = pgettext_lazy("种类", "培训课程包")
    facets = (YEAR, PROVIDER)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        rows = published().order_by("pk").prefetch_related("courses__course")
        if ids is not None:
            rows = rows.filter(uuid__in=list(ids))
        for row in rows.iterator(chunk_size=BATCH):
            courses = [one.course.title for one in row.courses.all() if one.course.live]
            yield Document(
                type=self.type,
                id=str(row.uuid),
                title=row.title,
                summary=row.purpose,
                body=" ".join([row.guide, *courses]),
                url=reverse("bundles:bundle", args=[row.uuid]),
                facets={"year": [str(row.year)], "provider": [row.owner.code]},
                extra={"icon": "list", "provider": row.owner.name, "year": row.year},
                published_at=row.published_at,
                audience=[PUBLIC],
                keywords=[row.owner.name, row.get_audience_display()],
            )


def index_plan(event: Event) -> None:
    search.index("plan", [event.payload["series"]])


def index_bundle(event: Event) -> None:
    search.index("bundle", [event.payload["bundle"]])


def register() -> None:
    """Called when the application is ready."""
    search.register(PlanSource())
    search.register(BundleSource())
    consumer("plan.published", name="training.index_plan")(index_plan)
    consumer("bundle.changed", name="training.index_bundle")(index_bundle)
