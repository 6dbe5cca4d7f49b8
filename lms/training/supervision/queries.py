"""Reading supervision: what checks found of a body, for whoever awards next; draws as everybody may check them; checks for those who make
them. Looks of officers at checks and photos are logged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, holds, organisations_for
from lms.lib.audit.services import record
from lms.lib.clock import day_bounds
from lms.lib.errors import NotFound
from lms.lib.units import format_centi
from lms.training.lifecycle.declaration import Waits
from lms.training.lifecycle.queries import READERS
from lms.training.lifecycle.reading import people_of
from lms.training.supervision import rules, scope
from lms.training.supervision.checks import current, has_stake
from lms.training.supervision.models import (
    Check,
    Checker,
    CheckFinding,
    CheckForm,
    CheckPhoto,
    SampleDraw,
    SampleFrame,
)
from lms.training.supervision.process import PROCESS, UNCORRECTED

MOST_FINDINGS = 20
# Of several bodies together, on one page.
MOST_RECORDS = 20
# Who at a body reads the results of its own checks.
BODY_ROLES = PROCESS.roles
_DONE = (Check.State.DECIDED, Check.State.DROPPED)


@dataclass(frozen=True)
class Finding:
    """The result of one decided check. mark: hundredths of a mark; verdict: "pass" or "fail"; open: something that it found is not put
    right yet, or was recorded as never put right."""

    number: str
    title: str
    checked_on: date
    verdict: str
    mark: int | None
    open: bool


def findings_of(organisation_id: int, day: date) -> tuple[Finding, ...]:
    """The results of the checks of a body that were decided by the day, the newest first, at most MOST_FINDINGS. One query. Shown in the
    body's next bid, proposal and evaluation (372号 四(三): 检查评估结果将作为今后项目承接的重要依据)."""
    # By when it was decided: a visit before the day whose mark came after it was no result then.
    until = day_bounds(day)[1]
    rows = Check.objects.filter(body=organisation_id, state=Check.State.DECIDED, decided_at__lt=until)
    found = rows.annotate(open=Exists(_not_right())).order_by("-checked_on", "-pk")[:MOST_FINDINGS]
    return tuple(
        Finding(row.number, row.title, row.checked_on, row.verdict, row.centimarks, row.open)
        for row in found
        if row.checked_on is not None
    )


def check_records(bodies: Iterable[Organisation]) -> list[str]:
    """What checks found of each body, as sentences for whoever decides on it: a line for each of the newest checks, at most
    MOST_RECORDS in all. One query."""
    found = {body.pk: body.name for body in bodies}
    rows = Check.objects.filter(body__in=found, state=Check.State.DECIDED)
    rows = rows.annotate(open=Exists(_not_right()), never=Exists(_never()))
    return [
        (
            _(
                "%(body)s：%(day)s 检查“%(title)s”（%(number)s）%(mark)s 分，%(verdict)s，有问题没有整改，已记录。"
            )
            if row.never
            else _(
                "%(body)s：%(day)s 检查“%(title)s”（%(number)s）%(mark)s 分，%(verdict)s，有问题还没有整改完。"
            )
            if row.open
            else _("%(body)s：%(day)s 检查“%(title)s”（%(number)s）%(mark)s 分，%(verdict)s。")
        )
        % {
            "body": found[row.body_id],
            "day": row.checked_on.isoformat() if row.checked_on else "",
            "title": row.title,
            "number": row.number,
            "mark": format_centi(row.centimarks or 0),
            "verdict": row.get_verdict_display(),
        }
        for row in rows.order_by("-checked_on", "-pk")[:MOST_RECORDS]
    ]


def _not_right() -> QuerySet[CheckFinding]:
    """What is not put right: it waits still, or was recorded as never done."""
    there = CheckFinding.objects.filter(check_of=OuterRef("pk"))
    return there.filter(~Q(case__waits=Waits.NOBODY) | Q(case__state=UNCORRECTED))


def _never() -> QuerySet[CheckFinding]:
    return CheckFinding.objects.filter(check_of=OuterRef("pk"), case__state=UNCORRECTED)


# --- draws ---------------------------------------------------------------------------------------------------


def frames(authorities: list[Organisation] | None = None) -> QuerySet[SampleFrame]:
    """All frames, or those of these authorities, the newest first, without their lists."""
    rows = SampleFrame.objects.select_related("authority", "draw", "end").defer("text")
    if authorities is not None:
        rows = rows.filter(authority__in=authorities)
    return rows.order_by("-pk")


def frame(uuid: UUID) -> SampleFrame:
    """Raises NotFound."""
    found = SampleFrame.objects.select_related("authority", "draw__frame", "end").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def frame_for(user: User, uuid: UUID) -> SampleFrame:
    """A frame of an authority whose checks the user reads. Raises NotFound."""
    found = frame(uuid)
    if not holds(user, *READERS, organisation=found.authority):
        raise NotFound
    return found


def withheld(user: User, found: SampleFrame) -> bool:
    """Whether what was drawn is kept from a reader of the authority's: a body of theirs is on the list, drawn or not, and the list is not
    open yet."""
    if draw_of(found) is None or is_open(found):
        return False
    stakes = scope.stakes_of(user)
    listed = scope.found(found.sort, [row.key for row in rules.read_frame(found.text)]) if stakes else {}
    return any(row.body.pk in stakes for row in listed.values())


def draw_of(found: SampleFrame) -> SampleDraw | None:
    return getattr(found, "draw", None)


def is_open(found: SampleFrame) -> bool:
    """Whether everybody may read the list and what was drawn, with the secrets once it is: of a periodic check at once, of a spot check when every check
    of it has been made or given up. One query."""
    made = draw_of(found)
    if found.announced:
        return True
    if made is None:
        return hasattr(found, "end")
    return not made.checks.exclude(state__in=_DONE).exists()


@dataclass(frozen=True)
class Drawn:
    """One line of a draw. check: what came of it, None where its thing was gone."""

    stratum: str
    key: str
    ticket: str
    name: str
    check: Check | None


def drawn_lines(found: SampleFrame) -> list[Drawn]:
    """What was drawn, in the draw's order. One query."""
    made = draw_of(found)
    if made is None:
        return []
    names = {row.key: row.name for row in rules.read_frame(found.text)}
    checks = {str(row.subject): row for row in made.checks.select_related("body")}
    return [
        Drawn(stratum, key, ticket, names.get(key, key), checks.get(key))
        for stratum, key, ticket in made.drawn
    ]


def published(found: SampleFrame) -> dict[str, Any]:
    """Everything from which somebody recomputes a draw; list, secrets and seed only where they are open."""
    made, open_now = draw_of(found), is_open(found)
    said: dict[str, Any] = {
        "number": found.number,
        "title": found.title,
        "authority": found.authority.name,
        "sort": found.sort,
        "frozen_at": found.at.isoformat(),
        "frame_sha256": found.sha256,
        "size": found.size,
        "takes": found.takes,
        "commitments": list(found.commits.values_list("commitment", flat=True)),
        "open": open_now,
    }
    if hasattr(found, "end"):
        said["ended"] = found.end.reason
    if made is not None:
        said |= {"root_day": made.root_day.isoformat(), "root": made.root, "drawn_at": made.at.isoformat()}
    if open_now:
        said["frame"] = found.text
    if made is not None and open_now:
        said |= {
            "secrets": list(found.commits.order_by("number").values_list("reveal__secret", flat=True)),
            "seed": made.seed,
            "drawn": made.drawn,
        }
    return said


# --- checks ----------------------------------------------------------------------------------------------------


def _full() -> QuerySet[Check]:
    return Check.objects.select_related("authority", "body", "form", "rule", "handed_in_by", "draw__frame")


def checks_of(user: User, authorities: list[Organisation], state: str = "") -> QuerySet[Check]:
    """The checks of these authorities, or those in a state, but of the user's own bodies; the newest first."""
    rows = _full().filter(authority__in=authorities).exclude(body__in=scope.stakes_of(user))
    return (rows.filter(state=state) if state else rows).order_by("-pk")


def mine(user: User) -> QuerySet[Check]:
    """The checks that the user is to make or has made, what is open first."""
    last = Checker.objects.filter(check_of=OuterRef("pk")).order_by().values("check_of")
    turn = Subquery(last.annotate(last=Max("turn")).values("last"))
    rows = _full().annotate(turn=turn).filter(checkers__person=user, checkers__turn=F("turn"))
    return rows.order_by("checked_on", "-pk").distinct()


def check_to_make(user: User, uuid: UUID) -> Check:
    """A check that the user makes, as long as they are an officer there without a stake in the body; the look is logged. Raises
    NotFound."""
    found = _full().filter(uuid=uuid).first()
    if found is None or user.pk not in {row.person_id for row in current(found)}:
        raise NotFound
    if not holds(user, Role.OFFICER, organisation=found.authority) or has_stake(user, found.body):
        raise NotFound
    _looked(user, found, "check.view")
    return found


def check_for(user: User, uuid: UUID) -> Check:
    """A check of an authority whose cases the user reads, without a stake in the body; the look is logged. Raises NotFound."""
    found = _full().filter(uuid=uuid).first()
    if found is None or not holds(user, *READERS, organisation=found.authority):
        raise NotFound
    if has_stake(user, found.body):
        raise NotFound
    _looked(user, found, "check.view")
    return found


def photo_for(user: User, uuid: UUID) -> CheckPhoto:
    """A photo for whoever reads its check; the look is logged. Raises NotFound."""
    row = CheckPhoto.objects.select_related("check_of__authority", "check_of__body").filter(uuid=uuid).first()
    if row is None or not holds(user, *READERS, organisation=row.check_of.authority):
        raise NotFound
    if has_stake(user, row.check_of.body):
        raise NotFound
    _looked(user, row.check_of, "check.view_photo", photo=str(row.uuid))
    return row


def _looked(user: User, check: Check, action: str, **data: str) -> None:
    role = next((role for role in READERS if holds(user, role, organisation=check.authority)), Role.OFFICER)
    record(
        actor(user, role, check.authority),
        action=action,
        target_type="training.Check",
        target=check.uuid,
        data={"number": check.number, **data},
    )


def colleagues(check: Check) -> QuerySet[User]:
    """Who may make it: officers of the authority today; whoever has a stake is refused when they are named."""
    held = people_of(check.authority_id).filter(role=Role.OFFICER).values("user")
    return User.objects.filter(pk__in=held, is_active=True).order_by("pk")


def forms_of(authorities: list[Organisation]) -> QuerySet[CheckForm]:
    rows = CheckForm.objects.filter(authority__in=authorities).select_related("authority")
    return rows.order_by("authority__name", "-version")


# --- results ----------------------------------------------------------------------------------------------------


def results() -> QuerySet[Check]:
    """Results that are public, the newest first."""
    rows = _full().filter(state=Check.State.DECIDED, public=True)
    return rows.annotate(open=Exists(_not_right()), never=Exists(_never())).order_by("-checked_on", "-pk")


def result(user: User | None, uuid: UUID) -> Check:
    """The result of a decided check: for everybody where it is public, else for the body's own people and the authority's. Raises
    NotFound."""
    found = _full().filter(uuid=uuid, state=Check.State.DECIDED).first()
    if found is None:
        raise NotFound
    if found.public:
        return found
    if user is not None and (
        holds(user, *BODY_ROLES, organisation=found.body)
        or holds(user, *READERS, organisation=found.authority)
    ):
        return found
    raise NotFound


def raised(check: Check) -> list[CheckFinding]:
    """What it found, with where each stands. One query."""
    return list(check.raised.select_related("case__body", "case__authority"))


def results_for(user: User) -> QuerySet[Check]:
    """Decided checks of the user's own bodies, the newest first."""
    rows = _full().filter(body__in=organisations_for(user, *BODY_ROLES), state=Check.State.DECIDED)
    return rows.annotate(open=Exists(_not_right()), never=Exists(_never())).order_by("-checked_on", "-pk")


def reads_inside(user: User, check: Check) -> bool:
    """Whether somebody reads the words of what was found: the body's own people, and the authority's."""
    return holds(user, *BODY_ROLES, organisation=check.body) or holds(
        user, *READERS, organisation=check.authority
    )
