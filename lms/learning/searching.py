"""Learners and certificates, for the staff who may look at them.

Owns: what of a person stands in the index (keyed hashes of names and numbers, and who may look; no name, no number), and
what a result shows: fetched from the database for whoever asks, their right asked once more, the look logged under the person.
Refuses: any search by a part of a name or number, which would let anyone complete it piece by piece; people who have closed
their account. docs/decisions/search-people.md says why.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import (
    Identity,
    Membership,
    Organisation,
    Role,
    User,
    actor,
    employments_in_force,
    holds,
    mask_name,
    memberships,
    normalise_name,
    organisations_for,
    people_for,
    people_numbered,
    person_by_login,
)
from lms.learning.certificates.models import Certificate
from lms.learning.certificates.queries import READING, paper_in_force, papers
from lms.learning.enrolment.models import Enrolment
from lms.learning.looks import SEARCH
from lms.lib.audit.services import record_each
from lms.lib.clock import local_day
from lms.lib.crypto import lookup_hash
from lms.lib.ids import uuid7
from lms.lib.outbox.registry import Event, consumer
from search import api as search
from search.api import Document, StaffCard

PURPOSE = "search"
BATCH = 200
MOST_FACTS = 3
# Who lists the people of an organisation (accounts.people.queries.people_for), and who keeps its roster.
CARING = (Role.HR, Role.ADMIN)
# An administrator of the platform looks as that, wherever.
PLATFORM = "superuser"
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def key(kind: str, value: str) -> str:
    """The keyed hash by which something is found, as one word of letters, which no engine cuts apart."""
    return "k" + lookup_hash(f"{kind}:{value}", PURPOSE)[:40].translate(_LETTERS)


def name_key(name: str) -> str:
    return key("name", normalise_name(name).casefold())


def number_key(number: str) -> str:
    """Of a certificate, in whatever way it was typed."""
    return key("number", "".join(sign for sign in number.upper() if sign.isalnum()))


def person_keys(words: str) -> list[str]:
    """The keys that people found by these words carry: by the whole name, and by the whole telephone number, address or number
    of a paper, which lead to the person by the database's own keyed columns.
    """
    typed = " ".join(words.split())
    if not typed:
        return []
    found = [name_key(typed)]
    known = person_by_login(typed)
    people = [known] if known else people_numbered(typed)
    return [*found, *(key("person", str(one.uuid)) for one in people)]


def _tokens(organisations: Iterable[Any], roles: Iterable[str]) -> set[str]:
    return {f"org:{uuid}:{role}" for uuid in organisations for role in roles}


class LearnerSource:
    type = "learner"
    label = pgettext_lazy("种类", "学员")
    staff = True
    facets = ()

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        people = User.objects.filter(is_active=True, erased_at__isnull=True).order_by("pk")
        if ids is not None:
            people = people.filter(uuid__in=list(ids))
        walk = people.iterator(chunk_size=BATCH)
        while batch := list(islice(walk, BATCH)):
            names = dict(Identity.objects.filter(user__in=batch).values_list("user_id", "legal_name"))
            audiences = _audiences(batch)
            for person in batch:
                called = [name for name in (names.get(person.pk, ""), person.display_name) if name]
                yield Document(
                    type=self.type,
                    id=str(person.uuid),
                    title="",
                    audience=sorted(audiences[person.pk] | {f"role:{Role.OFFICER}", "platform"}),
                    keywords=[key("person", str(person.uuid)), *sorted({name_key(name) for name in called})],
                )

    def keys(self, words: str) -> Sequence[str]:
        return person_keys(words)

    def cards(self, viewer: User, ids: Sequence[str]) -> dict[str, StaffCard]:
        people = list(User.objects.filter(uuid__in=ids, is_active=True, erased_at__isnull=True))
        known = _known(viewer, people)
        shown = [person for person in people if known[person.pk].grounds]
        names = dict(Identity.objects.filter(user__in=shown).values_list("user_id", "legal_name"))
        _log(viewer, {person.uuid: known[person.pk].grounds[0] for person in shown})
        return {
            str(person.uuid): StaffCard(
                title=mask_name(names[person.pk]) if person.pk in names else str(person),
                note="、".join(dict.fromkeys(ground.text for ground in known[person.pk].grounds)),
                url=reverse("rongtong_person", args=[person.uuid]) if known[person.pk].listed else "",
                facts=known[person.pk].facts[:MOST_FACTS],
            )
            for person in shown
        }


def _audiences(people: Sequence[User]) -> dict[int, set[str]]:
    """Person → who may look: staff of the providers they study at, their employer's, their organisations'. Three queries."""
    found: dict[int, set[str]] = defaultdict(set)
    studied = Enrolment.objects.filter(person__in=people).values_list("person_id", "course__provider__uuid")
    for person, provider in studied.distinct():
        found[person] |= _tokens([provider], READING)
    for person, employer in (
        employments_in_force().filter(user__in=people).values_list("user_id", "organisation__uuid")
    ):
        found[person] |= _tokens([employer], [Role.HR])
    members = Membership.objects.filter(user__in=people).values_list("user_id", "organisation__uuid")
    for person, body in members.distinct():
        found[person] |= _tokens([body], CARING)
    return found


@dataclass(frozen=True)
class _Ground:
    """Why the viewer may see somebody: in which role, of which organisation (None: an authority's or the platform's)."""

    role: str
    organisation: Organisation | None
    text: str


@dataclass
class _Known:
    grounds: list[_Ground] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    listed: bool = False


def _known(viewer: User, people: Sequence[User]) -> dict[int, _Known]:
    """What the viewer may know of each, from today's roles and the database's present state. Eight queries."""
    found: dict[int, _Known] = {person.pk: _Known() for person in people}
    listed = set(people_for(viewer).filter(pk__in=found).values_list("pk", flat=True))
    everybody = holds(viewer, Role.OFFICER)
    for pk in listed:
        found[pk].listed = True
        if everybody:
            role = PLATFORM if viewer.is_superuser else Role.OFFICER
            found[pk].grounds.append(_Ground(role, None, _("主管部门")))
    teaching = {row.pk: row for row in organisations_for(viewer, *READING)}
    held = _held(viewer)
    rows = Enrolment.objects.filter(person__in=found, course__provider__in=teaching).select_related("course")
    for row in rows.order_by("-studied_at"):
        provider = teaching[row.course.provider_id]
        known = found[row.person_id]
        text = _("%(name)s的学员") % {"name": provider.name}
        known.grounds.append(_Ground(held.get(provider.pk, PLATFORM), provider, text))
        known.facts.append((f"{row.course.title} · {row.get_state_display()}", ""))
    keeping = {row.pk: row for row in organisations_for(viewer, Role.HR)}
    for work in employments_in_force().filter(user__in=found, organisation__in=keeping):
        employer = keeping[work.organisation_id]
        text = _("%(name)s的职工") % {"name": employer.name}
        role = PLATFORM if viewer.is_superuser else Role.HR
        found[work.user_id].grounds.append(_Ground(role, employer, text))
    for pk in listed:
        if not found[pk].grounds:
            found[pk].grounds.append(_Ground(Role.ADMIN, None, _("本机构人员")))
    return found


def _held(viewer: User) -> dict[int, str]:
    """Organisation → the role in which the viewer looks at its learners: one they hold there. One query."""
    rows = memberships(viewer).filter(role__in=READING).order_by("role")
    return dict(rows.values_list("organisation", "role"))


def _log(viewer: User, grounds: dict[UUID, _Ground]) -> None:
    """A row of the look under each person but the viewer."""
    by_ground: dict[_Ground, list[UUID]] = defaultdict(list)
    for person, ground in grounds.items():
        if person != viewer.uuid:
            by_ground[ground].append(person)
    with transaction.atomic():
        for ground, people in by_ground.items():
            record_each(
                actor(viewer, ground.role, ground.organisation),
                people,
                key=uuid7(),
                action="search.view",
                target_type="accounts.User",
                reason=SEARCH(),
            )


class CertificateSource:
    type = "certificate"
    label = pgettext_lazy("种类", "结业证书")
    staff = True
    facets = ()

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        rows = _certificates().order_by("pk")
        if ids is not None:
            rows = rows.filter(uuid__in=list(ids))
        for row in rows.iterator(chunk_size=BATCH):
            issued = papers(row)
            provider = row.completion.release.provider.uuid
            keys = {number_key(paper.number) for paper in issued}
            keys |= {name_key(paper.holder_name) for paper in issued if paper.holder_name}
            yield Document(
                type=self.type,
                id=str(row.uuid),
                title="",
                published_at=row.issued_at,
                audience=sorted(_tokens([provider], READING) | {"platform"}),
                keywords=[key("person", str(row.person.uuid)), *sorted(keys)],
            )

    def keys(self, words: str) -> Sequence[str]:
        return [number_key(words), *person_keys(words)] if words.strip() else []

    def cards(self, viewer: User, ids: Sequence[str]) -> dict[str, StaffCard]:
        own = {row.pk: row for row in organisations_for(viewer, *READING)}
        rows, held = (
            list(_certificates().filter(uuid__in=ids, completion__release__provider__in=own)),
            _held(viewer),
        )
        _log(
            viewer,
            {
                row.person.uuid: _Ground(
                    held.get(row.completion.release.provider_id, PLATFORM),
                    own[row.completion.release.provider_id],
                    "",
                )
                for row in rows
            },
        )
        return {str(row.uuid): _card(row) for row in rows}


def _certificates() -> QuerySet[Certificate]:
    rows = Certificate.objects.select_related("completion__release__provider", "person")
    return rows.prefetch_related("reissues")


def _card(row: Certificate) -> StaffCard:
    last = paper_in_force(row)
    said = [row.completion.release.title, str(local_day(last.issued_at))]
    if row.withdrawn_at is not None:
        said.append(_("已撤回"))
    name = mask_name(last.holder_name) if last.holder_name else _("持有人已注销")
    address = "" if row.withdrawn_at is not None else reverse("certificates:pdf", args=[last.uuid])
    return StaffCard(title=last.number, note=name, url=address, facts=[(" · ".join(said), "")])


# --- events ----------------------------------------------------------------------------------------------


def index_person(event: Event) -> None:
    people = event.payload.get("people") or [event.payload["person"]]
    search.index("learner", people)


def index_merged(event: Event) -> None:
    search.index("learner", [event.payload["survivor"], event.payload["other"]])


def index_certificate(event: Event) -> None:
    search.index("certificate", [event.payload["certificate"]])


def index_erased(event: Event) -> None:
    """What is left of an erased person's certificates is found by number alone."""
    search.index("learner", [event.payload["person"]])
    rows = Certificate.objects.filter(person__uuid=event.payload["person"]).values_list("uuid", flat=True)
    search.index("certificate", map(str, rows))


def register() -> None:
    """Called when the application is ready."""
    search.register(LearnerSource())
    search.register(CertificateSource())
    for kind in (
        *("identity.changed", "membership.changed", "employment.changed"),
        *("enrolment.begun", "person.renamed"),
    ):
        consumer(kind, name="learning.index_person")(index_person)
    for kind in (
        "certificate.issued",
        "certificate.withdrawn",
        "certificate.restored",
        "certificate.reissued",
    ):
        consumer(kind, name="learning.index_certificate")(index_certificate)
    for kind in ("account_merge.approve", "account_merge.undo"):
        consumer(kind, name="learning.index_merged")(index_merged)
    consumer("person.erased", name="learning.index_erased")(index_erased)
