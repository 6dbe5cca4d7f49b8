"""How many of an institution's learners a draft would reach, counted in the background before anybody votes.

Owns: ordering the count, the job, and what of its result may be shown. What is counted and how is the planner's part.
Counts only: a group of fewer than five is not told, nor one that two told numbers would give away.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditbank.applications.words import reason_sentence
from creditbank.rules import content as contents
from creditbank.rules.drafts import queries
from creditbank.rules.drafts.models import RuleDraft, State
from creditbank.rules.facts import RuleFact
from creditbank.rules.queries import fact_of
from lms.accounts.api import Role, User, require_role
from lms.lib.audit.services import record
from lms.lib.errors import Conflict, NotFound
from lms.lib.ids import uuid7
from lms.lib.jobs.models import Job
from lms.lib.jobs.registry import JobContext, job
from lms.lib.jobs.services import enqueue
from lms.lib.units import format_centi

JOB = "creditbank.rule_effect"
ASKING = (Role.EDITOR, Role.REVIEWER, Role.ADMIN)
UNDER_WAY = (Job.State.QUEUED, Job.State.RUNNING)


def order_effect(user: User, draft: RuleDraft) -> Job:
    """Count anew for the draft as it stands. For those who write, judge and publish. Raises NotAllowed, Invalid (not
    complete), Conflict (a count is under way, nothing to count).
    """
    with transaction.atomic():
        row = queries.locked(draft)
        who = require_role(user, *ASKING, organisation=row.organisation)
        if row.state in (State.PUBLISHED, State.DISCARDED):
            raise Conflict(_("这份草案已经结束，不再估算。"), code="moved_on")
        content = contents.load(row.content)
        contents.check(content, row.direction)
        if content.ends:
            raise Conflict(_("停止规则的版本不给出任何东西，不用估算。"), code="nothing_to_count")
        if _open(row):
            raise Conflict(_("正在估算，完成以后再估算下一次。"), code="being_counted")
        args = {"draft": str(row.uuid), "fingerprint": queries.fingerprint(row)}
        made = enqueue(JOB, args, who, key=f"rule_effect:{row.uuid}:{uuid7()}")
        row.effect_job = made.uuid
        row.save(update_fields=["effect_job"])
        record(who, action="rule_draft.effect", target_type=queries.TARGET, target=row.uuid)
    return made


def _open(row: RuleDraft) -> bool:
    return Job.objects.filter(uuid=row.effect_job, state__in=UNDER_WAY).exists() if row.effect_job else False


@job(JOB)
def count_effect(ctx: JobContext) -> dict[str, Any]:
    """args: {"draft", "fingerprint"}. Begun again after a crash it counts anew. Raises Conflict (changed meanwhile)."""
    # The engine brings a solver with it: loaded by whoever counts, not by every process.
    from creditbank.planner.effect import effect_of

    draft = queries.by_uuid(ctx.args["draft"])
    if draft is None:
        raise NotFound
    if queries.fingerprint(draft) != ctx.args["fingerprint"]:
        raise Conflict(_("草案在估算期间改过，请重新估算。"), code="draft_changed")

    def progress(done: int, total: int) -> None:
        ctx.progress(done, total, _("正在逐个核对学员的成果"))
        ctx.check_cancelled()

    return effect_of(fact_of_draft(draft), draft.organisation, progress=progress).as_result()


def fact_of_draft(draft: RuleDraft) -> RuleFact:
    """The draft as the engine sees it: the next version of its rule, or the first of one without a number yet."""
    newest = queries.newest_version(draft.rule) if draft.rule is not None else None
    return fact_of(
        contents.load(draft.content),
        code=draft.rule.code if draft.rule is not None else f"draft-{draft.uuid}",
        version=newest.number + 1 if newest else 1,
        programme=str(draft.programme.uuid),
        direction=draft.direction,
        mode=draft.mode,
        valid_until=None,
    )


# --- what is shown ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownEffect:
    """job: the last count; figures and reasons: (words, number as it may be told). stale: the draft has changed since."""

    job: Job
    stale: bool
    figures: list[tuple[str, str]]
    reasons: list[tuple[str, str]]

    @property
    def under_way(self) -> bool:
        return self.job.state in UNDER_WAY


def shown(draft: RuleDraft) -> ShownEffect | None:
    """The draft's last count; None where none was asked for."""
    row = Job.objects.filter(uuid=draft.effect_job).first() if draft.effect_job else None
    if row is None:
        return None
    stale = row.args.get("fingerprint") != queries.fingerprint(draft)
    result = row.result if row.state == Job.State.DONE else {}
    return ShownEffect(row, stale, figures(result) if result else [], reasons(result))


def figures(result: dict[str, Any]) -> list[tuple[str, str]]:
    """The numbers of learners, each within the one it is part of; credits only where their owners are told."""
    learners, touched, qualify = result["learners"], result["touched"], result["qualify"]
    rows = [
        (_("本校学员"), within(None, learners)),
        (_("有这条规则认可的成果"), within(learners, touched)),
        (_("会按这条规则得到认定"), within(touched, qualify)),
        (_("其中成果都已核实"), within(qualify, result["verified"])),
        (_("总学分会比现在多"), within(touched, result["gain"])),
    ]
    if told(qualify) and qualify:
        rows.append((_("合计给出的学分"), format_centi(result["centicredits"])))
    return rows


def reasons(result: dict[str, Any]) -> list[tuple[str, str]]:
    """What speaks against the others, and how many they are."""
    counted: dict[str, int] = dict(result.get("against", {}))
    for reason, count in result.get("blocked", {}).items():
        counted[reason] = counted.get(reason, 0) + count
    ordered = sorted(counted.items(), key=lambda item: -item[1])
    return [(reason_sentence(reason), within(None, count)) for reason, count in ordered]


def told(count: int) -> bool:
    """Whether a count of learners may be said: none at all, or not a small group."""
    from creditbank.planner.effect import FEWEST_TOLD

    return count == 0 or count >= FEWEST_TOLD


def within(whole: int | None, part: int) -> str:
    """A count as it may be told beside the one it is part of: the rest must not be a small group either."""
    from creditbank.planner.effect import FEWEST_TOLD

    if not told(part):
        return _("少于 %(n)s") % {"n": FEWEST_TOLD}
    if whole is not None and not told(whole - part):
        return _("几乎全部")
    return str(part)
