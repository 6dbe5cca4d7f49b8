"""Reading claims: rules and terms of a day, one's own claims, a reviewer's queue, evidence, what a claim says of itself.

A reviewer sees what is or was theirs to judge: the employer's personnel officer every claim of the employer, the
department's reviewer those that reached the department. Withdrawn ones are the learner's alone again. Looks are logged.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, holds, organisations_for, workplaces
from lms.learning.declarations import rules
from lms.learning.declarations.models import (
    OPEN,
    Act,
    DeclarationFile,
    DeclarationStep,
    DeclarationTerms,
    HoursActivityRule,
    HoursDeclaration,
    Level,
    State,
    WorkCredit,
)
from lms.learning.looks import CLAIM, CLAIM_FILE, note_look
from lms.lib.audit.reasons import Because
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import NotFound
from lms.lib.units import format_centi

TARGET = "learning.HoursDeclaration"
DEPARTMENT_LEVELS = (Level.DEPARTMENT, Level.APPEAL)
WAITING = (State.EMPLOYER, State.DEPARTMENT, State.APPEAL)
SIMILAR_SHOWN = 10

# --- what holds on a day ---------------------------------------------------------------------------------


def rules_on(day: date) -> list[HoursActivityRule]:
    """The rules in force on a day, in the order of the activities."""
    rows = {row.pk: row for row in HoursActivityRule.objects.filter(valid_from__lte=day)}
    current = rules.in_force((_fact(row) for row in rows.values()), day)
    order = list(HoursActivityRule._meta.get_field("activity").choices or ())
    places = {value: place for place, (value, _label) in enumerate(order)}
    found = [rows[item.id] for item in current.values()]
    return sorted(found, key=lambda row: (places[row.activity], row.grade, row.category))


def rule_on(day: date, activity: str, grade: str, category: str) -> HoursActivityRule | None:
    """The rule for one sort of activity; None: nothing is set."""
    kind = {"activity": activity, "grade": grade, "category": category}
    rows = HoursActivityRule.objects.filter(valid_from__lte=day, **kind)
    row = rows.order_by("-valid_from", "-version").first()
    return row if row is not None and row.centihours_per_unit is not None else None


def _fact(row: HoursActivityRule) -> rules.RuleFact:
    return rules.RuleFact(
        id=row.pk,
        activity=row.activity,
        grade=row.grade,
        category=row.category,
        version=row.version,
        valid_from=row.valid_from,
        centihours_per_unit=row.centihours_per_unit,
    )


def grades() -> list[tuple[str, str]]:
    """(activity, grade) of every sort that a rule has ever named."""
    rows = HoursActivityRule.objects.exclude(grade="").values_list("activity", "grade").distinct()
    return sorted(rows)


def terms_on(day: date) -> DeclarationTerms | None:
    return DeclarationTerms.objects.filter(valid_from__lte=day).order_by("-valid_from", "-version").first()


def employers_of(user: User) -> QuerySet[Organisation]:
    """The organisations whose personnel officer may say that the person's claim is true: where they work, by an
    employment both sides confirmed or by a role. Authorities have no personnel officers here (accounts' table of roles):
    a claim would wait there for ever.
    """
    return workplaces(user).exclude(kind=Organisation.Kind.AUTHORITY)


def departments() -> QuerySet[Organisation]:
    active = Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY, status=Organisation.Status.ACTIVE)
    return active.order_by("name")


# --- claims ----------------------------------------------------------------------------------------------


def _full() -> QuerySet[HoursDeclaration]:
    return HoursDeclaration.objects.select_related("person", "employer", "department", "rule", "credit")


def own_all(user: User) -> QuerySet[HoursDeclaration]:
    return _full().filter(person=user).order_by("-submitted_at", "-id")


def own(user: User, uuid: UUID) -> HoursDeclaration:
    """One's own claim. Raises NotFound."""
    found = _full().filter(person=user, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def _in_charge(user: User) -> Q:
    """What the user may judge or judged the like of; never their own."""
    employer = Q(employer__in=organisations_for(user, Role.HR))
    department = Q(department__in=organisations_for(user, Role.REVIEWER), level__in=DEPARTMENT_LEVELS)
    return (employer | department) & ~Q(person=user) & ~Q(state=State.WITHDRAWN)


def queue(user: User, shown: str) -> QuerySet[HoursDeclaration]:
    """shown: "waiting" (for this user's level) or a state. The oldest first."""
    found = _full().filter(_in_charge(user))
    if shown == "waiting":
        at_employer = Q(state=State.EMPLOYER, employer__in=organisations_for(user, Role.HR))
        at_department = Q(
            state__in=(State.DEPARTMENT, State.APPEAL), department__in=organisations_for(user, Role.REVIEWER)
        )
        found = found.filter(at_employer | at_department)
    else:
        found = found.filter(state=shown)
    return found.order_by("submitted_at", "id")


def reviews(user: Any) -> bool:
    """Whether the user judges claims anywhere: personnel officers, and reviewers of a department."""
    if holds(user, Role.HR):
        return True
    return (
        user.is_authenticated
        and organisations_for(user, Role.REVIEWER).filter(kind=Organisation.Kind.AUTHORITY).exists()
    )


def for_review(user: User, uuid: UUID) -> HoursDeclaration:
    """A claim the user is in charge of; the look is logged. Raises NotFound for all others."""
    found = _full().filter(_in_charge(user), uuid=uuid).first()
    if found is None:
        raise NotFound
    _log(user, found, "declaration.view", CLAIM())
    return found


def _log(user: User, found: HoursDeclaration, action: str, reason: Because, **data: str) -> None:
    at_department = found.level in DEPARTMENT_LEVELS and holds(
        user, Role.REVIEWER, organisation=found.department
    )
    role, body = (Role.REVIEWER, found.department) if at_department else (Role.HR, found.employer)
    who = actor(user, role, body)
    note_look(who, found.person, action=action, reason=reason, declaration=str(found.uuid), **data)


def evidence_for(user: User, uuid: UUID) -> DeclarationFile:
    """A file of one's own claim, or of one the user is in charge of: then the look is logged. Raises NotFound."""
    mine = Q(declaration__person=user)
    found = (
        DeclarationFile.objects.filter(uuid=uuid)
        .filter(mine | Q(declaration__in=HoursDeclaration.objects.filter(_in_charge(user))))
        .select_related("declaration__person", "declaration__employer", "declaration__department")
        .first()
    )
    if found is None:
        raise NotFound
    if found.declaration.person_id != user.pk:
        _log(user, found.declaration, "evidence.view", CLAIM_FILE(), file=str(found.uuid))
    return found


def similar(found: HoursDeclaration) -> list[HoursDeclaration]:
    """The person's other claims that may be the same: same work, same title, or days in common. For reviewers' eyes."""
    same = Q(work_key=found.work_key) | Q(title_key=found.title_key)
    # A work's days say when it was made; an activity is in one place at a time.
    if found.activity not in rules.WORKS:
        same |= Q(starts_on__lte=found.ends_on, ends_on__gte=found.starts_on)
    others = HoursDeclaration.objects.filter(same, person=found.person_id).exclude(pk=found.pk)
    return list(others.exclude(state=State.WITHDRAWN).order_by("-submitted_at")[:SIMILAR_SHOWN])


def others_open(user: User, work_key: str) -> HoursDeclaration | None:
    """The claim of the same work that is still under way."""
    return HoursDeclaration.objects.filter(person=user, work_key=work_key, state__in=OPEN).first()


# --- what counted ----------------------------------------------------------------------------------------


def counted_before(person_id: int, work_key: str) -> tuple[int, int]:
    """(number of credits, hours) that a person has of a work; what was taken back has a number and no hours."""
    rows = WorkCredit.objects.filter(person_id=person_id, work_key=work_key)
    amounts = list(rows.values_list("counted_centihours", "declaration__state"))
    return len(amounts), sum(amount for amount, state in amounts if state == State.ACCEPTED)


def used_of_cap(declaration: HoursDeclaration) -> int:
    """What the person's accepted claims of the same sort have counted in the year."""
    same = HoursDeclaration.objects.filter(
        person_id=declaration.person_id,
        year=declaration.year,
        activity=declaration.activity,
        grade=declaration.grade,
        category=declaration.category,
        state=State.ACCEPTED,
    )
    return same.aggregate(total=Sum("counted_centihours"))["total"] or 0


def accepted_in(user: User, year: int) -> list[HoursDeclaration]:
    """What was accepted for a year, for the page of hours; steps come with it."""
    rows = own_all(user).filter(year=year, state=State.ACCEPTED).order_by("-ends_on", "-id")
    return list(rows.prefetch_related("steps__body"))


def counted_in_all(user: User) -> int:
    """All hours that accepted claims have ever counted."""
    rows = WorkCredit.objects.filter(person=user, declaration__state=State.ACCEPTED)
    return rows.aggregate(total=Sum("counted_centihours"))["total"] or 0


def first_year(user: User) -> int | None:
    """The earliest year an accepted claim belongs to."""
    rows = HoursDeclaration.objects.filter(person=user, state=State.ACCEPTED)
    return rows.order_by("year").values_list("year", flat=True).first()


# --- what a claim says -----------------------------------------------------------------------------------


def rule_sentence(rule: HoursActivityRule) -> str:
    """What a rule gives, as one line of its table."""
    line = _("每%(unit)s %(hours)s 学时") % {
        "unit": rule.unit_word,
        "hours": format_centi(rule.centihours_per_unit or 0),
    }
    if rule.yearly_cap_centihours is None:
        return line
    return _("%(line)s，每年最多 %(cap)s 学时") % {
        "line": line,
        "cap": format_centi(rule.yearly_cap_centihours),
    }


def explanation(found: HoursDeclaration) -> list[str]:
    """How the hours come about, sentence by sentence; before the decision, how they would."""
    sentences = [_("申报 %(hours)s 学时。") % {"hours": format_centi(found.declared_centihours)}]
    rule = found.rule
    if rule is None:
        sentences.append(
            _("%(activity)s的折算规则：尚未设定。学时由审核人员写明理由后确定，不超过申报的数。")
            % {"activity": found.activity_name}
        )
    else:
        sentences.append(
            _(
                "按活动结束当日的规则“%(activity)s”第 %(version)s 版（%(day)s 起）：%(line)s。共 %(units)s %(unit)s，折合 %(hours)s 学时，向下取到百分之一，不进位。"
            )
            % {
                "activity": found.activity_name,
                "version": rule.version,
                "day": rule.valid_from,
                "line": rule_sentence(rule),
                "units": format_centi(found.centiunits),
                "unit": rule.unit_word,
                "hours": format_centi(found.ruled_centihours or 0),
            }
        )
        sentences.append(_("依据：%(source)s") % {"source": rule.source})
    credit: WorkCredit | None = getattr(found, "credit", None)
    if credit is not None:
        sentences += _decision(credit)
        if found.state != State.ACCEPTED:
            sentences.append(_("这一结果后来更正，这些学时已经收回，不再计入。"))
    return sentences


def _decision(credit: WorkCredit) -> list[str]:
    sentences = [_("主管部门认定 %(hours)s 学时。") % {"hours": format_centi(credit.accepted_centihours)}]
    if credit.before_centihours:
        sentences.append(
            _("同一成果以前已记 %(hours)s 学时：同一成果只按最高的一次计，这次只加超出的部分。")
            % {"hours": format_centi(credit.before_centihours)}
        )
    if credit.cap_centihours is not None and credit.used_centihours is not None:
        sentences.append(
            _("这类活动每年最多 %(cap)s 学时，此前已记 %(used)s 学时。")
            % {
                "cap": format_centi(credit.cap_centihours),
                "used": format_centi(credit.used_centihours),
            }
        )
    sentences.append(_("记入 %(hours)s 学时。") % {"hours": format_centi(credit.counted_centihours)})
    return sentences


def overdue(found: HoursDeclaration) -> bool:
    return found.due_on is not None and found.due_on < today()


def may_appeal(found: HoursDeclaration) -> bool:
    return found.state == State.REFUSED and not found.appealed and not overdue(found)


def next_sentence(found: HoursDeclaration) -> str:
    """What happens next, by whom and by when; "" when nothing does."""
    day = found.due_on
    if found.state == State.SUPPLEMENT:
        if day is None:
            return _("请补充材料，补充后继续审核。") + _undated()
        if overdue(found):
            return _("补充期限 %(day)s 已过，这份申报将关闭；材料齐备后可以重新申报。") % {"day": day}
        return _("请在 %(day)s 前（含当日）补充材料，逾期这份申报会关闭，可以重新申报。") % {"day": day}
    if found.state in WAITING:
        body = found.employer if found.state == State.EMPLOYER else found.department
        if day is None:
            return _("等待%(body)s审核。") % {"body": body.name} + _undated()
        if overdue(found):
            return _("等待%(body)s审核。原定 %(day)s 前完成，已经超期；你可以联系对方，也可以继续等待。") % {
                "body": body.name,
                "day": day,
            }
        return _("等待%(body)s审核，应在 %(day)s 前完成。") % {"body": body.name, "day": day}
    if may_appeal(found):
        if day is None:
            return _("不同意这个结果，可以申诉一次，由主管部门的另一位审核人员复核。") + _undated()
        return _("不同意这个结果，可以在 %(day)s 前（含当日）申诉一次，由主管部门的另一位审核人员复核。") % {
            "day": day
        }
    if found.state == State.EXPIRED:
        return _("这份申报因逾期未补充而关闭，没有记入学时。材料齐备后可以重新申报。")
    return ""


def _undated() -> str:
    # There are terms from the first day on: what has no day is in a year without a calendar.
    return _("期限按工作日计，到哪一天为止，要等那一年的放假安排公布并载入后才能算出，算出后写在这里。")


def timeline(found: HoursDeclaration, steps: list[DeclarationStep]) -> list[dict[str, Any]]:
    """The steps in the words of the steps component, and what comes next as the last one."""
    rows: list[dict[str, Any]] = []
    for step in steps:
        bad = step.act in {Act.REFUSE, Act.WITHDRAW, Act.EXPIRE}
        rows.append(
            {
                "title": _step_title(step),
                "at": step.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
                "text": _("：").join(part for part in (_who(step), step.reason) if part),
                "state": "refused" if bad else "done",
            }
        )
    following = next_sentence(found)
    if following and found.state in OPEN:
        rows.append({"title": str(State(found.state).label), "state": "now", "text": following})
    return rows


def _step_title(step: DeclarationStep) -> str:
    title = str(Act(step.act).label)
    if step.act == Act.REFUSE:
        title = _("%(level)s：未通过") % {"level": Level(step.level).label}
    if step.centihours is not None and step.act == Act.ACCEPT:
        title = _("%(title)s：%(hours)s 学时") % {"title": title, "hours": format_centi(step.centihours)}
    return title


def _who(step: DeclarationStep) -> str:
    """The learner is told for which body somebody acted, in which office, and who it was."""
    if step.person is None:
        return _("系统")
    if step.body is None:
        return str(step.person)
    office = _("人事专员") if step.level == Level.EMPLOYER else _("审核人员")
    return f"{step.body.name} · {office} · {step.person}"


def short_steps(found: HoursDeclaration) -> list[str]:
    """The steps as one line each, for the page of hours; they were fetched with the claim."""
    return [
        " · ".join(
            part
            for part in (
                step.at.astimezone(SHANGHAI).strftime("%Y-%m-%d"),
                _step_title(step),
                step.body.name if step.body else "",
                step.reason,
            )
            if part
        )
        for step in sorted(found.steps.all(), key=lambda step: step.number)
    ]


def steps_of(found: HoursDeclaration) -> list[DeclarationStep]:
    return list(found.steps.select_related("person", "body").order_by("number"))
