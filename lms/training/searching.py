"""What training gives to search: the plans in force, the bundles on offer, public notices, policy documents and programmes of published
plans.

Owns: their documents, and the events after which they are looked at again. Refuses: drafts, and versions that were replaced.
"""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from courses.api import CoursePage
from lms.accounts.api import organisation_names
from lms.lib.clock import day_bounds
from lms.lib.outbox.registry import Event, consumer
from lms.training.board.models import Kind, Posting
from lms.training.board.queries import shown
from lms.training.board.words import over, over_title
from lms.training.bundles.models import BundleCourse
from lms.training.bundles.queries import published
from lms.training.policies.queries import current as current_policies
from lms.training.programmes.models import Programme
from lms.training.programmes.process import CODE as PROGRAMME_CASES
from lms.training.programmes.queries import listed as public_programmes
from lms.training.yearly_plans.models import YearlyPlan
from lms.training.yearly_plans.queries import in_force
from lms.training.yearly_plans.specialty.models import SpecialtyPlan
from lms.training.yearly_plans.specialty.queries import in_force as specialty_in_force
from lms.training.yearly_plans.specialty.queries import sector_words
from search import api as search
from search.api import BESIDE, PUBLIC, Document, Facet

BATCH = 100
# What was called off is found behind what stands.
CALLED_OFF = 0.8 * BESIDE
YEAR = Facet("year", _("年度"), order="falling", form="[0-9]{4}")
PROVIDER = Facet("provider", pgettext_lazy("机构", "单位"), look_up=organisation_names)


class PlanSource:
    """The version in force of every yearly plan, of public subjects and of specialty ones; the id is the plan's, whatever the version."""

    type = "plan"
    label = pgettext_lazy("种类", "年度计划")
    facets = (YEAR, PROVIDER)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        public = in_force().order_by("pk").prefetch_related("courses")
        special = specialty_in_force().order_by("pk").prefetch_related("courses", "bundles")
        if ids is not None:
            wanted = list(ids)
            public, special = public.filter(series__in=wanted), special.filter(series__in=wanted)
        for row in public.iterator(chunk_size=BATCH):
            yield self._document(row, "plans:plan", [row.note])
        for plan in special.iterator(chunk_size=BATCH):
            # It is found by the same words whoever published it, in whatever language.
            with override(settings.LANGUAGE_CODE):
                sector = sector_words(plan.sector)
            texts = [plan.note, sector, plan.guidance, plan.assessing]
            texts += [bundle.title for bundle in plan.bundles.all()]
            yield self._document(plan, "plans:specialty_plan", texts)

    def _document(self, row: YearlyPlan | SpecialtyPlan, page: str, texts: list[str]) -> Document:
        return Document(
            type=self.type,
            id=str(row.series),
            title=row.title,
            summary=row.note[:300],
            body=" ".join([*texts, *(course.title for course in row.courses.all())]),
            url=reverse(page, args=[row.uuid]),
            facets={"year": [str(row.year)], "provider": [row.authority.code]},
            extra={
                "icon": "calendar",
                "provider": row.authority.name,
                "year": row.year,
                "number": row.number,
            },
            published_at=row.published_at,
            audience=[PUBLIC],
            boost=BESIDE,
            keywords=[row.number, row.authority.name],
        )


class BundleSource:
    """Published bundles with the courses in them that everybody can begin."""

    type = "bundle"
    label = pgettext_lazy("种类", "培训课程包")
    facets = (YEAR, PROVIDER)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        # A title that only some may see stands in no text that everybody searches, though the bundle's editors listed it.
        shown = BundleCourse.objects.filter(course__in=CoursePage.objects.live().public())
        courses_of = Prefetch("courses", shown.select_related("course"))
        rows = published().order_by("pk").prefetch_related(courses_of)
        if ids is not None:
            rows = rows.filter(uuid__in=list(ids))
        for row in rows.iterator(chunk_size=BATCH):
            courses = [one.course.title for one in row.courses.all()]
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


class NoticeSource:
    """What the board shows: postings that stand, archived ones too, and those that were called off, marked as there."""

    type = "notice"
    label = pgettext_lazy("种类", "公告")
    facets = (
        Facet("notice_kind", pgettext_lazy("公告", "公告种类"), values=dict(Kind.choices), order="given"),
        YEAR,
        PROVIDER,
    )

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        rows = shown().order_by("pk")
        if ids is not None:
            rows = rows.filter(uuid__in=list(ids))
        yield from map(self._document, rows.iterator(chunk_size=BATCH))

    def _document(self, row: Posting) -> Document:
        # As the posting itself: in the platform's language, whoever's act has it written.
        with override(settings.LANGUAGE_CODE):
            title, said = over_title(row), over(row)
        text = f"{said}\n{row.body}" if said else row.body
        return Document(
            type=self.type,
            id=str(row.uuid),
            title=title,
            summary=text[:300],
            body=text,
            url=reverse("board:posting", args=[row.uuid]),
            facets={
                "notice_kind": [row.kind],
                "year": [str(row.first_day.year)],
                "provider": [row.authority.code],
            },
            extra={
                "icon": "bell",
                "provider": row.authority.name,
                "year": row.first_day.year,
                "number": row.number,
            },
            published_at=day_bounds(row.first_day)[0],
            audience=[PUBLIC],
            keywords=[row.number, row.authority.name],
            boost=CALLED_OFF if said else BESIDE,
        )


class ProgrammeSource:
    """Programmes of published plans, until they are cancelled or withdrawn; nothing of who applies."""

    type = "project"
    label = pgettext_lazy("种类", "研修项目")
    facets = (YEAR, PROVIDER)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        rows = public_programmes("").order_by("pk")
        if ids is not None:
            rows = rows.filter(uuid__in=list(ids))
        for row in rows.iterator(chunk_size=BATCH):
            number = row.case.number or ""
            # It is found by the same words whoever moved it, in whatever language.
            with override(settings.LANGUAGE_CODE):
                level, kind = str(row.get_level_display()), str(row.call.get_kind_display())
            yield Document(
                type=self.type,
                id=str(row.uuid),
                title=row.title,
                summary=row.audience[:300],
                body=" ".join(
                    [row.audience, kind, level, row.host.name, row.case.body.name, str(row.series or "")]
                ),
                url=reverse("programmes:programme", args=[row.uuid]),
                facets={"year": [str(row.call.year)], "provider": [row.host.code]},
                extra={
                    "icon": "learn",
                    "provider": row.host.name,
                    "year": row.call.year,
                    "number": number,
                },
                published_at=day_bounds(row.plan.published_on)[0] if row.plan else None,
                audience=[PUBLIC],
                keywords=[number, row.host.name, row.case.body.name],
            )


class PolicySource:
    """The last version of every document of the policy library; the id is the document's, whatever the version."""

    type = "policy"
    label = pgettext_lazy("种类", "政策文件")
    facets = (YEAR,)

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        rows = current_policies().order_by("pk")
        if ids is not None:
            rows = rows.filter(series__in=list(ids))
        for row in rows.iterator(chunk_size=BATCH):
            bodies = row.bodies.splitlines()
            yield Document(
                type=self.type,
                id=str(row.series),
                title=row.title,
                summary=row.summary[:300],
                body=" ".join([row.summary, row.text]),
                url=reverse("policies:document", args=[row.uuid]),
                facets={"year": [str(row.issued_on.year)]},
                extra={
                    "icon": "file",
                    "provider": bodies[0],
                    "year": row.issued_on.year,
                    "number": row.number,
                },
                published_at=day_bounds(row.issued_on)[0],
                audience=[PUBLIC],
                boost=BESIDE,
                keywords=[row.number, row.plain, *bodies],
            )


def index_plan(event: Event) -> None:
    search.index("plan", [event.payload["series"]])


def index_bundle(event: Event) -> None:
    search.index("bundle", [event.payload["bundle"]])


def index_bundles_of(event: Event) -> None:
    """A course is there for everybody, or no longer: bundles are found by its title, or no longer."""
    courses = event.payload.get("courses") or [event.payload["course"]]
    rows = published().filter(courses__course__uuid__in=courses)
    search.index("bundle", map(str, rows.order_by("pk").values_list("uuid", flat=True).distinct()))


def index_notices(event: Event) -> None:
    search.index("notice", event.payload["postings"])


def index_programmes(event: Event) -> None:
    search.index("project", event.payload["programmes"])


def index_programme_of(event: Event) -> None:
    """Its case was moved: a programme may be cancelled, withdrawn, or in its plan at last."""
    if event.payload["process"] == PROGRAMME_CASES:
        rows = Programme.objects.filter(case__uuid=event.payload["case"]).values_list("uuid", flat=True)
        search.index("project", map(str, rows))


def index_policy(event: Event) -> None:
    search.index("policy", [event.payload["series"]])


def register() -> None:
    """Called when the application is ready."""
    search.register(PlanSource())
    search.register(BundleSource())
    search.register(NoticeSource())
    search.register(PolicySource())
    search.register(ProgrammeSource())
    consumer("plan.published", name="training.index_plan")(index_plan)
    consumer("specialty_plan.published", name="training.index_specialty_plan")(index_plan)
    consumer("bundle.changed", name="training.index_bundle")(index_bundle)
    for kind in ("course.published", "course.unpublished", "course.changed"):
        consumer(kind, name="training.index_bundles")(index_bundles_of)
    consumer("board.posted", name="training.index_notices")(index_notices)
    consumer("board.withdrawn", name="training.index_withdrawn")(index_notices)
    consumer("policy.changed", name="training.index_policy")(index_policy)
    consumer("programmes.planned", name="training.index_programmes")(index_programmes)
    consumer("case.moved", name="training.index_programme")(index_programme_of)
