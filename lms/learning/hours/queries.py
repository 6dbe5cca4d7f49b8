"""The year on one screen, and a day explained: from completions, accepted claims and study rows, nothing of its own."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.api import Kind, ReleaseLesson
from creditbank.api import posted_in_all
from lms.accounts.api import User
from lms.learning.classes import hours_queries as classes
from lms.learning.completion.models import Completion, CompletionCorrection, CompletionTopUp
from lms.learning.declarations import queries as declarations
from lms.learning.enrolment.models import Enrolment
from lms.learning.holds import words
from lms.learning.holds.queries import open_of
from lms.learning.hours import timeline
from lms.learning.hours.models import HoursGoal
from lms.learning.hours.years import Year, Years, years
from lms.learning.permits import words as plans
from lms.learning.study.answers import REASONS
from lms.learning.study.intervals import clip, merge, shift, subtract
from lms.learning.study.models import LessonProgress, StudyGrant, StudyRule, StudySession
from lms.learning.study.presence.queries import Asked, asked_between
from lms.learning.study.presence.rules import UNANSWERED
from lms.learning.study.projection import claims_of, reports_of, wall_moment
from lms.learning.study.queries import counted_by_day
from lms.learning.study.rules import Content, Event, Step, bound, bound_coverage, turns, walk
from lms.lib.clock import SHANGHAI, day_bounds, epoch_ms, from_epoch_ms, local_day, today
from lms.lib.units import centihours_from_ms, format_centi

# Days of a year that are listed before a month is chosen.
NEWEST_DAYS = 14
# What counted at a moment says where its time comes from.
DONE_WHOLE = gettext_lazy("测验交卷或练习做完，这部分内容一次学到；时间用的是这一课里前面的学习时间。")
MADE_UP = gettext_lazy("这一课里前面停留的时间够用，在这里补上。")

# --- the year --------------------------------------------------------------------------------------------


def goal_on(day: date) -> HoursGoal | None:
    """The yearly goal in force on a day; None where none is known."""
    return HoursGoal.objects.filter(valid_from__lte=day).order_by("-valid_from", "-version").first()


def year(user: User, number: int, month: str = "") -> dict[str, Any]:
    """Everything of the hours page for one learning year. month ("2026-03"): whose days are listed; else the newest ones."""
    found = years()
    span = found.year(number)
    first, last = span.first, span.last
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    topped_up = CompletionTopUp.objects.filter(completion__person=user, day__range=(first, last))
    done = [
        _row(item, span)
        for item in Completion.objects.filter(
            Q(completed_at__gte=start, completed_at__lt=end) | Q(pk__in=topped_up.values("completion")),
            person=user,
        )
        .select_related("release__provider", "enrolment", "certificate")
        .prefetch_related("top_ups", "corrections")
        .order_by("-completed_at")
    ]
    claims = declarations.accepted_in(user, number)
    attended = classes.in_year(user, first, last)
    earned = {
        kind: sum(row["centihours"] for row in done if row["completion"].kind == kind)
        + sum(item.counted_centihours or 0 for item in claims if item.category == kind)
        + sum(item.centihours for item in attended if item.kind == kind)
        for kind in Kind.values
    }
    goal = goal_on(min(last, today()))
    days = counted_by_day(user, first, last)
    return {
        "year": number,
        "span": span,
        "years": years_of(user, number, found),
        "goal": goal,
        "specialty_goal": _specialty_goal(goal),
        "earned": earned,
        "yearly": earned[Kind.PUBLIC] + earned[Kind.SPECIALTY],
        "rows": done,
        "attended": attended,
        "declared": [
            {
                "declaration": item,
                "explanation": declarations.explanation(item),
                "steps": declarations.short_steps(item),
            }
            for item in claims
        ],
        "holds": words.notices(open_of(user)),
        "waiting": _waiting(user),
        "pending": _pending(user),
        "months": _months(span, days),
        "days": _listed(days, month),
        "month": month,
        "has_more_days": not month and len(days) > NEWEST_DAYS,
        "counted_ms": sum(days.values()),
        "today_ms": days.get(today(), 0),
    }


def _row(completion: Completion, span: Year) -> dict[str, Any]:
    """A completion with what it gave in that year: its own hours and those of study afterwards, each in its year."""
    own = completion.centihours if span.first <= local_day(completion.completed_at) <= span.last else 0
    here = own + sum(
        item.centihours for item in completion.top_ups.all() if span.first <= item.day <= span.last
    )
    here += sum(
        item.delta_centihours for item in completion.corrections.all() if span.first <= item.day <= span.last
    )
    sentences = explanation(completion)
    if here != completion.total_centihours:
        sentences.append(
            _("这门课一共 %(total)s 学时，其中 %(hours)s 学时记在 %(year)s 年度。")
            % {
                "total": format_centi(completion.total_centihours),
                "hours": format_centi(here),
                "year": span.number,
            }
        )
    return {"completion": completion, "centihours": here, "explanation": sentences}


def _specialty_goal(goal: HoursGoal | None) -> int:
    return goal.goal_centihours * goal.specialty_numerator // goal.specialty_denominator if goal else 0


def years_of(user: User, asked: int, known: Years) -> list[int]:
    """The years there can be something of, newest first, with the one asked for. known: the years as the rule stands."""
    first = (
        Enrolment.objects.filter(person=user)
        .order_by("started_at")
        .values_list("started_at", flat=True)
        .first()
    )
    declared = declarations.first_year(user)
    begun = known.number(local_day(first)) if first else asked
    return list(range(known.number(today()), min(asked, begun, declared or asked) - 1, -1))


def _pending(user: User) -> int:
    """Hours earned that the credit bank has not booked yet: the outbox delivers within seconds, or is being retried."""
    all_time = sum(
        rows.aggregate(total=Sum("centihours"))["total"] or 0
        for rows in (
            Completion.objects.filter(person=user),
            CompletionTopUp.objects.filter(completion__person=user),
            # What a correction replaces was posted as well, and reversed since.
            CompletionCorrection.objects.filter(completion__person=user),
        )
    )
    all_time += declarations.counted_in_all(user) + classes.given_in_all(user)
    # What was booked and reversed since is not on its way.
    return max(all_time - posted_in_all(user.uuid), 0)


def _waiting(user: User) -> list[dict[str, Any]]:
    """Study time of courses under way: counted, and posted only when the course is completed."""
    rows: dict[int, int] = defaultdict(int)
    under_way = LessonProgress.objects.filter(
        person=user, enrolment__state=Enrolment.State.ACTIVE, counted_ms__gt=0
    )
    for enrolment, ms in under_way.values_list("enrolment_id", "counted_ms"):
        rows[enrolment] += ms
    found = Enrolment.objects.filter(pk__in=rows).select_related("release").order_by("-studied_at")
    rule = StudyRule.objects.filter(valid_from__lte=today()).order_by("-valid_from", "-version").first()
    standings = plans.standings(found)
    return [
        {
            "enrolment": item,
            "counted_ms": rows[item.pk],
            "centihours": min(
                centihours_from_ms(rows[item.pk], rule.ms_per_hour) if rule else 0, item.release.centihours
            ),
            "standing": standings.get(item.pk),
        }
        for item in found
    ]


def _listed(days: dict[date, int], month: str) -> list[tuple[date, int]]:
    newest = sorted(days.items(), reverse=True)
    if month:
        return [(day, ms) for day, ms in newest if day.isoformat().startswith(month)]
    return newest[:NEWEST_DAYS]


def _months(span: Year, days: dict[date, int]) -> list[dict[str, Any]]:
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for day, ms in days.items():
        sums[day.year, day.month] += ms
    most = max(sums.values(), default=0)
    return [
        {
            "year": year,
            "month": month,
            "key": f"{year}-{month:02d}",
            "counted_ms": sums[year, month],
            "most": most,
        }
        for year, month in span.months()
    ]


def explanation(completion: Completion) -> list[str]:
    """How a completion's hours came about, with those of study afterwards, sentence by sentence."""
    rule = completion.rule
    top_ups = list(completion.top_ups.all())
    counted_ms = top_ups[-1].counted_ms if top_ups else completion.counted_ms
    corrections = list(completion.corrections.all())
    if corrections and corrections[-1].top_ups_before == len(top_ups):
        counted_ms = corrections[-1].counted_ms
    minutes, seconds = divmod(counted_ms // 1000, 60)
    raw = centihours_from_ms(counted_ms, rule["ms_per_hour"])
    found = [
        # To the second: what follows is reckoned from it.
        _("这门课共计入学习时间 %(minutes)s 分 %(seconds)s 秒：只算第一次学到的内容，最高按 %(speed)s 倍速。")
        % {"minutes": minutes, "seconds": seconds, "speed": format_centi(rule["speed_hundredths"])},
        _("%(unit)s 分钟为 1 学时，得 %(hours)s 学时，向下取到百分之一，不进位。")
        % {"unit": rule["ms_per_hour"] // 60_000, "hours": format_centi(raw)},
    ]
    approved = rule["approved_centihours"]
    if raw > approved:
        found.append(_("这门课核定 %(hours)s 学时，最多记到这个数。") % {"hours": format_centi(approved)})
    elif raw < approved:
        found.append(
            _(
                "这门课核定 %(hours)s 学时；学得比规定快、或用测验直接证明的部分，没有相应的学习时间，因此按实际计入的记。"
            )
            % {"hours": format_centi(approved)}
        )
        found.append(_("还没有学到的内容，以后学了会补记。"))
    found.append(
        _("依据学时计算规则第 %(version)s 版（%(day)s 起）。")
        % {"version": rule["version"], "day": rule["valid_from"]}
    )
    plan = rule.get("plan") or next((item.plan for item in top_ups if item.plan), None)
    if plan:
        found.append(plans.given_by(plan))
    elif completion.waits_for_plan:
        found.append(plans.not_given(local_day(completion.completed_at)))
    found += _parts(completion, top_ups) if top_ups else []
    return found + [
        _("%(day)s 经人工核实更正：记在 %(of)s 的这一笔改为 %(hours)s 学时。原因写在“学习记录核实”里。")
        % {"day": local_day(item.at), "of": item.day, "hours": format_centi(item.centihours)}
        for item in corrections
    ]


def _parts(completion: Completion, top_ups: list[CompletionTopUp]) -> list[str]:
    """When the hours were given: at completion, and by the days of study after it."""
    days: dict[date, int] = defaultdict(int)
    entered = [item for item in top_ups if item.plan and item.counted_ms <= completion.counted_ms]
    for item in top_ups:
        if item not in entered:
            days[item.day] += item.centihours
    own = [
        _("%(day)s 学完时课程还没有列入计划；%(at)s 列入后补记 %(hours)s 学时，结业证书上是这个数。")
        % {"day": item.day, "at": local_day(item.at), "hours": format_centi(item.centihours)}
        for item in entered
    ]
    return [
        *(
            own
            or [
                _("%(day)s 学完时记 %(hours)s 学时，结业证书上是这个数。")
                % {"day": local_day(completion.completed_at), "hours": format_centi(completion.centihours)}
            ]
        ),
        *(
            _("学完以后又学到新内容，%(day)s 补记 %(hours)s 学时。")
            % {"day": day, "hours": format_centi(centihours)}
            for day, centihours in days.items()
        ),
        _("下面各课时的数字是学完那天的。"),
    ]


# --- a day -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """lines: timeline rows with words; lessons: what each lesson of the day came to; rules: the versions applied;
    classes: what was attended, a kind of line of its own.
    """

    day: date
    lines: list[dict[str, Any]]
    lessons: list[dict[str, Any]]
    counted_ms: int
    not_counted: list[dict[str, Any]]
    rules: list[StudyRule]
    classes: list[dict[str, Any]]
    prompts: list[Asked] = field(default_factory=list)


def day(user: User, asked: date) -> Day:
    """One Shanghai day of a person: each stretch, counted or not, with its reason. Ten queries, whatever the day held."""
    low, high = (epoch_ms(moment) for moment in day_bounds(asked))
    sessions = _sessions(user, low, high)
    progress = {
        row.pk: row
        for row in LessonProgress.objects.filter(
            pk__in={item.progress_id for item in sessions.values()}
        ).select_related("enrolment__release")
    }
    claims = claims_of(user.pk)
    steps, heard = _steps(list(progress.values()), claims, sessions)
    today_steps = {pk: [step for step in found if low <= step.event.at < high] for pk, found in steps.items()}
    everything = [step for found in today_steps.values() for step in found]
    rows = timeline.rows(everything, heard, turns(claims))
    lessons = _lesson_titles(progress.values())
    sums = timeline.sums(rows)
    used = {sessions[step.event.session].rule_id for step in everything if step.event.session in sessions}
    return Day(
        day=asked,
        # Less than a second is the seam between two reports, not a stretch anybody remembers.
        lines=sorted(
            [_line(row, sessions, lessons) for row in rows if row.wall_ms >= 1000 or row.counted_ms]
            + [
                _moment(step, pk, lessons[progress[pk].lesson_id], sessions)
                for pk, found in today_steps.items()
                for step in found
                if step.counted_ms and not (step.event.session and step.active)
            ],
            key=lambda line: line["start"],
        ),
        lessons=[
            _lesson(progress[pk], found, lessons[progress[pk].lesson_id])
            for pk, found in today_steps.items()
            if found
        ],
        counted_ms=sum(step.counted_ms for step in everything),
        not_counted=[
            {"reason": code, "text": REASONS[code], "ms": ms}
            for code, ms in sums.items()
            if code and code != "too_fast"
        ],
        rules=list(StudyRule.objects.filter(pk__in=used).order_by("version")),
        prompts=asked_between(user, low, high),
        classes=classes.day_lines(user, *day_bounds(asked)),
    )


def _sessions(user: User, low: int, high: int) -> dict[int, StudySession]:
    """The sessions that can have reports in the day, and those of the same lessons (whose earlier coverage decides)."""
    # No session lasts longer than its rule's session_ms; two days are more than any rule allows.
    around = StudySession.objects.filter(
        person=user, opened_ms__lt=high, opened_ms__gte=low - 2 * (high - low)
    )
    rows = StudySession.objects.filter(person=user, progress_id__in=around.values("progress_id"))
    return {row.pk: row for row in rows.select_related("rule")}


def _steps(
    progress: list[LessonProgress], claims: list[Any], sessions: dict[int, StudySession]
) -> tuple[dict[int, list[Step]], dict[tuple[int, int], timeline.Heard]]:
    events: dict[int, list[Event]] = {row.pk: [] for row in progress}
    contents = {row.pk: Content(row.lengths) for row in progress}
    heard: dict[tuple[int, int], timeline.Heard] = {}
    for report in reports_of(row.pk for row in progress):
        session = report.session
        rule = session.rule.plain()
        order = (session.pk, report.seq)
        accepted = bound(report.active, session.opened_ms, report.received_ms, rule).accepted
        raw = shift(merge(report.active), session.opened_ms)
        end = session.opened_ms + rule.session_ms
        events[session.progress_id].append(
            Event(
                at=wall_moment(session.opened_ms, report),
                order=order,
                session=session.pk,
                speed_hundredths=rule.speed_hundredths,
                stretches=accepted,
                coverage=bound_coverage(report.coverage, contents[session.progress_id]),
            )
        )
        ahead = subtract(clip(raw, 0, end), accepted)
        heard[order] = timeline.Heard(
            received=report.received_ms,
            inactive=timeline.clip_inactive(report.inactive, session.opened_ms, report.received_ms),
            ahead=ahead if sum(pair[1] - pair[0] for pair in ahead) > rule.tolerance_ms else (),
            too_long=subtract(raw, clip(raw, 0, end)),
        )
    by_lesson = {(row.enrolment_id, row.lesson_id): row.pk for row in progress}
    grants = StudyGrant.objects.filter(
        enrolment_id__in={row.enrolment_id for row in progress},
        lesson_id__in={row.lesson_id for row in progress},
    )
    for grant in grants:
        pk = by_lesson.get((grant.enrolment_id, grant.lesson_id))
        if pk is not None:
            events[pk].append(Event(at=grant.at_ms, order=(0, grant.pk), granted=(grant.block,)))
    bars = {pk: row.barred for pk, row in sessions.items() if row.barred}
    return {pk: walk(found, claims, contents[pk], bars) for pk, found in events.items()}, heard


def _lesson_titles(progress: Iterable[LessonProgress]) -> dict[int, ReleaseLesson]:
    rows = ReleaseLesson.objects.filter(pk__in={row.lesson_id for row in progress}).defer("blocks")
    return {row.pk: row for row in rows}


def _line(
    row: timeline.Row, sessions: dict[int, StudySession], lessons: dict[int, ReleaseLesson]
) -> dict[str, Any]:
    session = sessions[row.session]
    other = sessions.get(row.other) if row.other else None
    text = REASONS[row.reason] if row.reason else ""
    if row.reason == "overlap" and other is not None and other.lesson_id in lessons:
        text = _("同一时间正在「%(lesson)s」（%(device)s）计时，一个人同一时间只计一处。") % {
            "lesson": lessons[other.lesson_id].title,
            "device": other.get_device_kind_display(),
        }
    if row.reason == UNANSWERED:
        text = _unanswered(row, session) or text
    return {
        "start": from_epoch_ms(row.start),
        "end": from_epoch_ms(row.end),
        "lesson": lessons[session.lesson_id],
        "device": session.get_device_kind_display(),
        "device_kind": session.device_kind,
        "rule": session.rule.version,
        "wall_ms": row.wall_ms,
        "counted_ms": row.counted_ms,
        "new_ms": row.new_ms,
        "reason": row.reason,
        "text": text,
        "late_ms": row.late_ms,
    }


def _moment(
    step: Step, progress: int, lesson: ReleaseLesson, sessions: dict[int, StudySession]
) -> dict[str, Any]:
    """What counted at a moment, without a stretch of its own: a quiz handed in or an exercise done, met whole, or content
    told when its time had been spent before. Without this line the stretches would not add up to the day.
    """
    session = sessions.get(step.event.session)
    rules = [item.rule.version for item in sessions.values() if item.progress_id == progress]
    return {
        "start": from_epoch_ms(step.event.at),
        "end": from_epoch_ms(step.event.at),
        "lesson": lesson,
        "device": session.get_device_kind_display() if session else "",
        "device_kind": session.device_kind if session else "",
        "rule": session.rule.version if session else max(rules, default=0),
        "wall_ms": 0,
        "counted_ms": step.counted_ms,
        "new_ms": step.new_coverage_ms,
        "reason": "",
        "text": DONE_WHOLE if step.event.granted else MADE_UP,
        "late_ms": 0,
    }


def _unanswered(row: timeline.Row, session: StudySession) -> str:
    """Which question was not answered, by its times; "" where none is known that far back."""
    # Rows of a page that paused by itself begin with its own look at the clock.
    ends = [start for start, _end, reason in session.barred if reason == UNANSWERED]
    ends = [end for end in ends if end <= row.start + timeline.JOIN_MS]
    if not ends:
        return ""
    asked, until = (
        from_epoch_ms(moment).astimezone(SHANGHAI).strftime("%H:%M")
        for moment in (ends[-1] - session.rule.presence_answer_ms, ends[-1])
    )
    return _(
        "%(asked)s 问过是否还在学习，%(until)s 前没有回应，从那时起暂停计时，到回应时为止；此前已计入的不变。"
    ) % {
        "asked": asked,
        "until": until,
    }


def _lesson(progress: LessonProgress, steps: list[Step], lesson: ReleaseLesson) -> dict[str, Any]:
    return {
        "lesson": lesson,
        "enrolment": progress.enrolment,
        "active_ms": sum(pair[1] - pair[0] for step in steps for pair in step.active),
        "new_ms": sum(step.new_coverage_ms for step in steps),
        "counted_ms": sum(step.counted_ms for step in steps),
        "short_ms": max(steps[-1].after.covered_ms - steps[-1].after.budget_ms, 0),
    }
