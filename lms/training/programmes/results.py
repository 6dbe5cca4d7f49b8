"""What comes of a programme: who passed and what hours that gives, what was written, what was spent, how it was evaluated.

Owns: ProgrammeResult, TheoryOutput, OutputFile, ProgrammeAccount, Evaluation. Refuses: hours without a rule of the day, and a second time; output of
people who are not in the class, or judged by an author; accounts that others than the host keep; an evaluation without weights in force,
or by people of the host.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.api import TheoryPaper, deposit_paper, verify_paper, why_not_paper
from lms.accounts.api import Role, User, actor, real_name
from lms.learning.api import Granted, Pass, grant, granted, passes_of, rule_there, ruled_centihours
from lms.lib import evidence
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, NotAllowed
from lms.lib.outbox.registry import Event, consumer
from lms.lib.units import format_centi
from lms.training.access import of_the_body
from lms.training.lifecycle import reading
from lms.training.lifecycle.words import cite, own_case
from lms.training.programmes import rules
from lms.training.programmes.models import (
    Evaluation,
    OutputFile,
    Programme,
    ProgrammeAccount,
    ProgrammeResult,
    TheoryOutput,
)
from lms.training.programmes.process import BOARD, MONEY, WEIGHTS, at
from lms.training.programmes.services import (
    PLATFORM,
    TARGET,
    host_actor,
    locked,
    not_of,
    words,
    wrong,
)

# The sort of activity under which an authority's table of hours has projects (人社部令第25号; 372号 四(四)).
ACTIVITY, CATEGORY = "project", "specialty"
HOURS = at("四(四)")
# A bound of the platform's own, so that nobody fills the disk: what one person hands in of one programme.
MOST_OUTPUTS = 20


# --- hours (A20) ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given:
    """passed: who passed the class; new: whom this call gave hours; waiting: who has none yet, since no rule is in force or a claim of
    theirs for the same project is under way."""

    passed: int
    new: int
    waiting: int


def give(programme: Programme) -> Given:
    """Note who has passed, and give each the project's hours, once: as often as this is called. Called when the summary is handed in,
    and by the host or the authority again, when a rule or a late sheet has come."""
    with transaction.atomic():
        row = locked(programme)
        if row.run is None or row.case.state not in ("reported", "settling", "settled", "failed"):
            return Given(0, 0, 0)
        passed = passes_of(row.run)
        known = set(row.results.values_list("place_id", flat=True))
        ProgrammeResult.objects.bulk_create(
            [
                ProgrammeResult(
                    programme=row, person=one.person, place_id=one.place, passed_on=one.day, at=now()
                )
                for one in passed
                if one.place not in known
            ],
            ignore_conflicts=True,
        )
    # Of somebody whose data was erased nothing says any more that they have it: what was given stays, nothing is added.
    outcomes = [_give(row, one) for one in passed if one.person.erased_at is None]
    return Given(len(passed), outcomes.count("new"), outcomes.count("waiting"))


def _give(row: Programme, one: Pass) -> str:
    assert row.run is not None
    grade = grade_of(row.level)
    most = ruled_centihours(row.run.ends_on, ACTIVITY, grade, CATEGORY)
    # The rule is the most that a project gives in all, its online lessons, which give their own, in it.
    whole = row.centihours if most is None else min(row.centihours, most)
    amount = max(whole - one.own_centihours, 0)
    if amount == 0:
        return "nothing"
    about = _("项目核定 %(hours)s 学时") % {"hours": format_centi(row.centihours)}
    if one.own_centihours:
        about = _("项目计 %(hours)s 学时，其中 %(own)s 学时由课程的线上学习另计，这里不重复计。") % {
            "hours": format_centi(whole),
            "own": format_centi(one.own_centihours),
        }
    number = row.case.number or str(row.uuid)
    if granted(one.person, number) is not None:
        return "there"
    with transaction.atomic():
        made = grant(
            PLATFORM,
            one.person,
            Granted(
                activity=ACTIVITY,
                grade=grade,
                category=CATEGORY,
                title=row.title,
                identifier=number,
                host=row.host,
                authority=row.case.authority,
                starts_on=row.run.starts_on,
                ends_on=row.run.ends_on,
                centihours=amount,
                about=about,
            ),
        )
    return "waiting" if made is None else "new"


def grade_of(level: str) -> str:
    """The grade under which the table of hours has projects of a level; data of the table, in the platform's language."""
    return {"national": "国家级", "city": "市级", "sector": "行业", "district": "区级"}[level]


def hours_ruled(programme: Programme) -> bool:
    """Whether a rule of hours is in force on the programme's last day."""
    run = programme.run
    return run is not None and rule_there(run.ends_on, ACTIVITY, grade_of(programme.level), CATEGORY)


@consumer("programme.reported", name="training.programme_hours")
def on_reported(event: Event) -> None:
    """`programme.reported` → who passed has the hours; delivered twice, once."""
    give(Programme.objects.get(uuid=event.payload["programme"]))


def give_again(user: User, programme: Programme) -> Given:
    """The same at the button of the host or of an officer in charge. Raises NotAllowed."""
    row = locked_read(programme)
    if not reading.party(user, row.case).at_authority:
        host_actor(user, row)
    return give(row)


def locked_read(programme: Programme) -> Programme:
    return Programme.objects.select_related("case__authority", "case__body", "host", "run").get(
        pk=programme.pk
    )


# --- theory output (A21) -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewOutput:
    title: str
    authors: str
    about: str = ""


@transaction.atomic
def hand_in(
    user: User, programme: Programme, new: NewOutput, files: Sequence[UploadedFile] = ()
) -> TheoryOutput:
    """Theory output of somebody who has a seat in the programme's class, while it runs or after. files: the output itself, PDF or
    pictures; without any the reviewer must have read it elsewhere. Raises NotAllowed, Conflict, Invalid."""
    row = locked(programme)
    if row.case.state not in ("running", "reported", "settling", "settled"):
        raise Conflict(cite(_("开班以后才能提交理论成果。"), HOURS), code="not_running")
    if not row.applications.filter(person=user, state="admitted", place__state="seated").exists():
        raise NotAllowed(_("只有这个项目的学员能提交理论成果。"))
    if row.outputs.filter(person=user).count() >= MOST_OUTPUTS:
        raise Conflict(
            _("一个项目每人最多提交 %(most)s 项理论成果。") % {"most": MOST_OUTPUTS}, code="too_many"
        )
    kept = evidence.checked(files, code="output_file")
    try:
        with transaction.atomic():
            found = TheoryOutput.objects.create(
                programme=row,
                person=user,
                title=words("title", new.title, least=2, most=120),
                authors=words("authors", new.authors, least=2, most=200),
                about=words("about", new.about, least=0),
                handed_in_at=now(),
            )
    except IntegrityError as error:
        raise Conflict(_("这项成果已经提交过。"), code="output_already") from error
    for item in kept:
        OutputFile.objects.create(output=found, **evidence.values(item))
    record(
        actor(user),
        action="programme.output",
        target_type="training.TheoryOutput",
        target=found.uuid,
        data={"programme": str(row.uuid)},
    )
    return found


@transaction.atomic
def review(user: User, output: TheoryOutput, *, passed: bool, reason: str = "") -> TheoryOutput:
    """A teacher or assessor of the host says that it is output of this project. Passed, it enters the credit bank as a substitute for
    a paper, with project, dates, authors and reviewer, once; where the reviewer is an assessor of a host that may issue these, it is
    verified with it, else it waits there as any outcome does. Raises NotAllowed (also an author), Conflict, Invalid."""
    row = locked(output.programme)
    who = of_the_body(user, row.host, Role.ASSESSOR, Role.TEACHER, Role.ADMIN)
    found = TheoryOutput.objects.select_for_update().select_related("person").get(pk=output.pk)
    if found.person_id == user.pk or rules.is_author(found.authors, {str(user), real_name(user)}):
        raise NotAllowed(cite(_("自己的成果要由别人评审。"), HOURS), code="own_case")
    if found.state != TheoryOutput.State.WAITING:
        raise Conflict(_("这项成果已经评审过，请刷新后再看。"), code="reviewed_already")
    said = words("reason", reason, least=0 if passed else 2)
    found.state = TheoryOutput.State.PASSED if passed else TheoryOutput.State.REFUSED
    found.reviewer, found.reason, found.reviewed_at = user, said, now()
    if passed:
        assert row.run is not None
        ends_on = min(row.run.ends_on, local_day(found.handed_in_at))
        found.outcome = deposit_paper(
            found.person,
            TheoryPaper(
                title=found.title,
                project=f"{row.title}（{row.case.number}）"[:120],
                authors=found.authors,
                reviewer=str(user)[:60],
                issuer=row.host,
                # The programme can begin before the first day of its class.
                starts_on=min(row.run.starts_on, ends_on),
                ends_on=ends_on,
                about=found.about,
            ),
        )
        if not why_not_paper(user, found.outcome) and _is_assessor(user, row):
            verify_paper(user, found.outcome)
    found.save()
    record(
        who,
        action="programme.output_pass" if passed else "programme.output_refuse",
        target_type="training.TheoryOutput",
        target=found.uuid,
        reason=said,
        data={"outcome": str(found.outcome) if found.outcome else ""},
    )
    return found


def paper_note(user: User, output: TheoryOutput) -> str:
    """What became of an output that the user passed, as a substitute for a paper: verified with it, or why it waits; "" for one that they refused."""
    if output.outcome is None:
        return ""
    if why := why_not_paper(user, output.outcome):
        return _("成果已存入学分银行，还没有核验，暂时不能代替论文：%(why)s") % {"why": why}
    if not _is_assessor(user, output.programme):
        return _("成果已存入学分银行，等待主办单位的考评员核验，核验以后可以代替论文。")
    return _("成果已存入学分银行并已核验，可以按规定代替论文。")


def _is_assessor(user: User, row: Programme) -> bool:
    return reading.people_of(row.host_id).filter(user=user, role=Role.ASSESSOR).exists()


# --- accounts ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def account(user: User, programme: Programme, fen: Mapping[str, int], note: str = "") -> ProgrammeAccount:
    """What was spent, by use, in fen; a correction is a further row, until the summary is handed in. By the host. Raises NotAllowed,
    Conflict, Invalid."""
    row = locked(programme)
    who = host_actor(user, row)
    if row.case.state != "running":
        raise Conflict(cite(_("决算在开班以后、报送结业总结以前填报。"), MONEY), code="not_running")
    for use in ProgrammeAccount.USES:
        if type(fen.get(use)) is not int or not 0 <= fen[use] <= rules.MOST_FEN:
            raise wrong(use, _("请填写金额，没有的填 0。"))
    if sum(fen[use] for use in ProgrammeAccount.USES) == 0:
        raise wrong("teaching", _("决算合计要大于 0。"))
    found = ProgrammeAccount.objects.create(
        programme=row,
        number=row.accounts.count() + 1,
        **{f"{use}_fen": fen[use] for use in ProgrammeAccount.USES},
        note=words("note", note, least=0),
        by=user,
        at=now(),
    )
    record(
        who,
        action="programme.account",
        target_type=TARGET,
        target=row.uuid,
        data={"number": found.number, "total_fen": found.total_fen},
    )
    return found


# --- evaluation ----------------------------------------------------------------------------------------------------------


def weights_of(programme: Programme) -> dict[str, int | None]:
    """Of the rule the topic was taken under."""
    values = programme.case.rule.values if programme.case.rule else {}
    return {name: values.get(name) for name in WEIGHTS}


@transaction.atomic
def evaluate(user: User, programme: Programme, scores: Mapping[str, int], remark: str) -> Evaluation:
    """Scores 0 – 100 for need, delivery, solving of real problems and long-term benefit, by the weights of the case's rule. The
    act on the case follows from it. By an officer of the authority who belongs neither to proposer nor host. Raises NotAllowed,
    Conflict (not waiting for it; weights or pass mark not set), Invalid."""
    row = locked(programme)
    who = of_the_body(user, row.case.authority, Role.OFFICER)
    if reading.party(user, row.case).own:
        raise own_case(row.case)
    not_of(user, row.host)
    if row.case.state != "reported":
        raise Conflict(_("结业总结报送以后才评估，评估以后不再改。"), code="moved_on")
    handed_in = row.case.acts.filter(name="report").order_by("-number").first()
    if handed_in is not None and row.evaluations.filter(at__gte=handed_in.at).exists():
        # Else it would be marked until the mark suits.
        raise Conflict(
            cite(_("这份结业总结已经评估，分数不再改；总结有问题的，退回补充以后重新评估。"), BOARD),
            code="evaluated_already",
        )
    weights = weights_of(row)
    for name in WEIGHTS:
        if type(scores.get(name)) is not int or not 0 <= scores[name] <= 100:
            raise wrong(name, _("请打 0 到 100 的整数分。"))
    centimarks = rules.mark(scores, weights)
    least = row.case.rule.values.get("pass_mark") if row.case.rule else None
    if centimarks is None or least is None:
        raise Conflict(
            cite(_("评估的权重（合计 100%）和合格线尚未设定，不能评估。由平台管理员按文件设定。"), BOARD),
            code="weights_unset",
        )
    found = Evaluation.objects.create(
        programme=row,
        number=row.evaluations.count() + 1,
        scores=dict(scores),
        weights=weights,
        centimarks=centimarks,
        passed=centimarks >= least * 100,
        remark=words("remark", remark, least=2),
        by=user,
        at=now(),
    )
    record(
        who,
        action="programme.evaluate",
        target_type=TARGET,
        target=row.uuid,
        reason=found.remark,
        data={"centimarks": centimarks, "passed": found.passed, **dict(scores)},
    )
    return found
