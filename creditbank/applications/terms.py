"""The terms of a college's cases: which hold on a day, and publishing the next version.

A programme's own terms go before its college's; where neither says anything, two pairs of eyes and evidence are asked for
and no term runs: days, shelf life and notices that nobody has set are never invented.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from creditbank.applications import lifecycle
from creditbank.applications.lifecycle import State
from creditbank.applications.models import CaseTerms
from creditbank.rules.models import Programme
from lms.accounts.api import Organisation, Role, User, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid
from lms.lib.workdays import NoCalendar, calendar

MOST_DAYS = 250
MOST_MONTHS = 600
MOST_NOTICES = 6


def terms_on(day: date, programme: Programme) -> CaseTerms | None:
    """The programme's terms in force on a day, else its college's, else None."""
    return terms_of([programme], day).get(programme.pk)


def terms_of(programmes: Iterable[Programme], day: date) -> dict[int, CaseTerms]:
    """Programme (by key) → its terms on a day; one query for all of them."""
    wanted = list(programmes)
    colleges = {programme.organisation_id for programme in wanted}
    rows = CaseTerms.objects.filter(
        Q(programme__in=wanted) | Q(programme__isnull=True, organisation__in=colleges), valid_from__lte=day
    )
    found: dict[tuple[int, int | None], CaseTerms] = {}
    for row in rows.order_by("valid_from", "version"):
        found[row.organisation_id, row.programme_id] = row
    chosen = {
        programme.pk: found.get((programme.organisation_id, programme.pk))
        or found.get((programme.organisation_id, None))
        for programme in wanted
    }
    return {key: row for key, row in chosen.items() if row is not None}


def due_on(state: str, terms: CaseTerms | None, day: date) -> date | None:
    """The last day of whoever acts in a state, reckoned from `day` in working days. None: nobody acts, no number is
    set, or the calendar of a year it reaches into is not published yet (then `fill_due` sets it once it is).
    """
    if terms is None:
        return None
    number = {
        State.SUBMITTED: terms.review_days,
        State.PROPOSED: terms.review_days,
        State.APPEALED: terms.review_days,
        State.SUPPLEMENT: terms.supplement_days,
        State.REFUSED: terms.appeal_days,
    }.get(State(state))
    if number is None:
        return None
    try:
        return calendar().add_working_days(day, number)
    except NoCalendar:
        return None


@dataclass(frozen=True)
class NewTerms:
    """What a version says. Days: working days; None: not set. notice_days: calendar days before credits expire."""

    valid_from: date
    source: str
    reviewers: int = lifecycle.DEFAULT_REVIEWERS
    evidence_required: bool = True
    review_days: int | None = None
    supplement_days: int | None = None
    appeal_days: int | None = None
    shelf_life_months: int | None = None
    notice_days: tuple[int, ...] = ()


def publish_terms(
    by: User | Actor, college: Organisation, new: NewTerms, *, programme: Programme | None = None
) -> CaseTerms:
    """The next version, for a college or one programme of it. For its administrators (and the platform's demo)."""
    who = require_role_or_platform(by, Role.ADMIN, organisation=college)
    if programme is not None and programme.organisation_id != college.pk:
        raise _wrong("programme", _("请选择本校的专业。"))
    _check(new)
    try:
        with transaction.atomic():
            same = CaseTerms.objects.filter(organisation=college, programme=programme)
            last = same.aggregate(last=Max("version"))["last"] or 0
            row = CaseTerms.objects.create(
                organisation=college,
                programme=programme,
                version=last + 1,
                valid_from=new.valid_from,
                reviewers=new.reviewers,
                evidence_required=new.evidence_required,
                review_days=new.review_days,
                supplement_days=new.supplement_days,
                appeal_days=new.appeal_days,
                shelf_life_months=new.shelf_life_months,
                notice_days=sorted(set(new.notice_days), reverse=True),
                source=new.source.strip(),
                published_at=now(),
                published_by=who.person,
            )
            record(
                who,
                action="case_terms.publish",
                target_type="creditbank.CaseTerms",
                target=row.uuid,
                data={"version": row.version, "programme": programme.code if programme else ""},
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人公布了同一条规则，请刷新后再试。"), code="rule_changed") from error
    return row


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_terms", details={"field": name})


def _check(new: NewTerms) -> None:
    if not 1 <= new.reviewers <= lifecycle.MOST_REVIEWERS:
        raise _wrong("reviewers", _("审核人数应在 1 到 %(most)s 之间。") % {"most": lifecycle.MOST_REVIEWERS})
    for name in ("review_days", "supplement_days", "appeal_days"):
        number = getattr(new, name)
        if number is not None and not 1 <= number <= MOST_DAYS:
            raise _wrong(name, _("天数应在 1 到 %(most)s 之间；没有规定的不填。") % {"most": MOST_DAYS})
    months = new.shelf_life_months
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise _wrong(
            "shelf_life_months", _("月数应在 1 到 %(most)s 之间；没有规定的不填。") % {"most": MOST_MONTHS}
        )
    if len(new.notice_days) > MOST_NOTICES or any(not 1 <= days <= 3650 for days in new.notice_days):
        raise _wrong("notice_days", _("最多 %(most)s 个天数，用逗号分开。") % {"most": MOST_NOTICES})
    if months is not None and not new.notice_days:
        raise _wrong("notice_days", _("学分有有效期的，要写明到期前几天通知：没有通知过的学分不会到期。"))
    if len(new.source.strip()) < 4 or "\0" in new.source:
        raise _wrong("source", _("请写明依据的文件。"))
