"""Reading an expert's contributions: one's own lines from every source, one's statements, an authority's list, and what /verify/ says."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lms.accounts.api import Organisation, Role, User, actor, holds, masked_name
from lms.lib.audit.reasons import Reason
from lms.lib.audit.services import record
from lms.lib.errors import NotFound
from lms.lib.verify import services as verify
from lms.lib.verify.services import Verdict
from lms.training.access import authorities
from lms.training.lifecycle.declaration import Words
from lms.training.merits.models import MeritStatement
from lms.training.merits.registry import Line, Part, sources
from lms.training.papers.api import rendered

KIND = "merit_statement"
LOOK = Reason("training.merit", gettext_lazy("核对专家贡献证明 %(number)s"))
State = MeritStatement.State


@dataclass(frozen=True)
class Entry:
    """A line with where it comes from. key: the source's code and the line's own key."""

    key: str
    label: Words
    line: Line


def entries(user: User, first: date | None = None, last: date | None = None) -> list[Entry]:
    """Everything the platform knows of this person's contributions, of these days (both in), the latest first. Each source reads in a
    fixed number of queries."""
    found = [
        Entry(f"{source.code}/{line.key}", source.label, line)
        for source in sources()
        for line in source.read(user)
    ]
    kept = (
        entry
        for entry in found
        if (first is None or entry.line.day >= first) and (last is None or entry.line.day <= last)
    )
    return _sorted(kept)


@dataclass(frozen=True)
class Latest:
    """The latest entries of a year, or of all. years: year → how many there are, the latest year first; year: None, all."""

    entries: list[Entry]
    years: dict[int, int]
    year: int | None

    @property
    def more(self) -> int:
        """How many there are besides."""
        there = self.years[self.year] if self.year is not None else sum(self.years.values())
        return there - len(self.entries)


def latest(user: User, year: int | None, most: int) -> Latest:
    """At most so many, of a year in which there are any, else of all. Where one person may have thousands the database cuts."""
    first, last = (date(year, 1, 1), date(year, 12, 31)) if year else (None, None)
    found: list[Entry] = []
    years: Counter[int] = Counter()
    for source in sources():
        part = source.part(user, first, last, most) if source.part else _part(source.read(user), first, last)
        years.update(part.years)
        found += [Entry(f"{source.code}/{line.key}", source.label, line) for line in part.lines]
    if year is not None and year not in years:
        return latest(user, None, most)
    return Latest(_sorted(found)[:most], dict(sorted(years.items(), reverse=True)), year)


def _part(lines: Iterable[Line], first: date | None, last: date | None) -> Part:
    there = list(lines)
    asked = [
        line for line in there if (first is None or line.day >= first) and (last is None or line.day <= last)
    ]
    return Part(asked, Counter(line.day.year for line in there))


def _sorted(found: Iterable[Entry]) -> list[Entry]:
    return sorted(found, key=lambda entry: (entry.line.day, entry.key), reverse=True)


def sentence(entry: Entry) -> str:
    """A line as it stands on the paper."""
    parts = [
        entry.line.day.isoformat(),
        str(entry.label),
        entry.line.what,
        entry.line.body,
        entry.line.number,
    ]
    return " · ".join(part for part in parts if part)


def sentence_plain(entry: Entry) -> str:
    """The same in the platform's language."""
    with override(settings.LANGUAGE_CODE):
        return sentence(entry)


def statements_of(user: User) -> QuerySet[MeritStatement]:
    return MeritStatement.objects.filter(person=user).select_related("authority").order_by("-pk")


def own(user: User, uuid: UUID) -> MeritStatement:
    """Raises NotFound, also for anybody else's."""
    found = statements_of(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def receiving() -> QuerySet[Organisation]:
    """To whom a statement can be handed in."""
    rows = Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY, status=Organisation.Status.ACTIVE)
    return rows.order_by("name")


def listed(user: User, state: str) -> QuerySet[MeritStatement]:
    """The statements of the user's authorities, those that wait the oldest first. Never their own."""
    rows = MeritStatement.objects.filter(authority__in=authorities(user), state=state).exclude(person=user)
    rows = rows.select_related("authority")
    return rows.order_by("pk" if state == State.WAITING else "-pk")


def statement_for(user: User, uuid: UUID) -> MeritStatement:
    """A statement for an officer of its authority; the look is logged under its person. Raises NotFound, also for one's own."""
    found = (
        MeritStatement.objects.select_related("authority", "person", "decided_by").filter(uuid=uuid).first()
    )
    if (
        found is None
        or found.person_id == user.pk
        or found.state == State.WITHDRAWN
        or not holds(user, Role.OFFICER, organisation=found.authority)
    ):
        raise NotFound
    record(
        actor(user, Role.OFFICER, found.authority),
        action="merit.view",
        target_type="accounts.User",
        target=found.person.uuid,
        reason=LOOK(number=found.number),
        data={"statement": str(found.uuid)},
    )
    return found


def content_of(found: MeritStatement) -> dict[str, Any]:
    """{} of one whose person was erased."""
    content: dict[str, Any] = json.loads(found.content) if found.content else {}
    return content


def code_of(found: MeritStatement) -> str:
    """ "" while nobody has confirmed it."""
    return verify.codes(KIND, [found.uuid]).get(found.uuid, "")


def pdf(found: MeritStatement) -> bytes:
    """The paper; of a confirmed one alone. Raises NotFound."""
    if found.state != State.CONFIRMED or found.decided_at is None:
        raise NotFound
    with override(settings.LANGUAGE_CODE):
        labels = (_("专家"), _("用途"))
    return rendered(
        content_of(found), found.sha256, code=code_of(found), made_at=found.decided_at, labels=labels
    )


def verdict(target: UUID) -> Verdict:
    """What /verify/ says: enough to compare a paper with, nothing of what stands on it."""
    found = MeritStatement.objects.select_related("person", "authority").filter(uuid=target).first()
    if found is None:
        raise NotFound
    content = content_of(found)
    rows = [
        (_("文书编号"), found.number),
        (_("样式"), _("%(number)s 第 %(version)s 版") % {"number": found.template, "version": found.version}),
        (_("用途"), str(found.get_purpose_display())),
        (_("出具单位"), found.authority.name),
    ]
    if content:
        rows += [
            (_("专家"), masked_name(found.person)),
            (_("出具日期"), content["issued_on"]),
            (_("项数"), str(found.lines)),
            (_("内容指纹（SHA-256）"), found.sha256),
        ]
    return Verdict(title=str(_("专家贡献证明")), status="valid", rows=rows)
