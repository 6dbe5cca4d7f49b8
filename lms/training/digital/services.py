"""What acts on a digital item bring: the item in the year's list with its host made public, the notice that opens it, its end. And what
the rooms beside it share: who acts for the host and the authority, and the row's lock.

Owns: DigitalItem. Refuses: enrolment before the item is public; the end of a contest whose final was never published, of an item whose
money lies unused; an item that is cancelled while somebody was given a result.
"""

from datetime import date

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from creditbank.api import money_of
from lms.accounts.api import Role, User
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.training.access import of_the_body
from lms.training.board import api as board
from lms.training.digital import rules, words
from lms.training.digital.models import DigitalItem, ItemPurse, ResultSheet
from lms.training.digital.process import BOARD, DIGITAL, MONEY
from lms.training.digital.rules import Track
from lms.training.lifecycle import reading
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.declaration import Words
from lms.training.lifecycle.words import cite

TARGET = "training.DigitalItem"
PLATFORM = Actor.system("digital")
# Who works for the host: enters results, names jurors, keeps trainees and vouchers.
HOST_ROLES = (Role.TEACHER, Role.ADMIN)
LONGEST = 1000
# Of a posting's reason.
LONGEST_SAID = 400
# Of an item that is public.
STANDING = ("approved", "open", "reported", "closed")


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code="invalid_digital", details={"field": field})


def said(field: str, text: str, *, least: int = 1, most: int = LONGEST) -> str:
    """The text without blanks around it. Raises Invalid."""
    found = text.strip()
    if not least <= len(found) <= most or "\0" in found:
        raise wrong(field, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    return found


def locked(item: DigitalItem) -> DigitalItem:
    """The row, locked for the rest of the transaction."""
    list(DigitalItem.objects.select_for_update().filter(pk=item.pk).values_list("pk"))
    return DigitalItem.objects.select_related("case__rule", "authority", "host").get(pk=item.pk)


def host_actor(user: User, item: DigitalItem) -> Actor:
    """Raises NotAllowed: none of the host's people who run it."""
    return of_the_body(user, item.host, *HOST_ROLES)


def officer_actor(user: User, item: DigitalItem) -> Actor:
    """An officer of the authority with nothing to do with the host. Raises NotAllowed."""
    who = of_the_body(user, item.authority, Role.OFFICER)
    if belongs(user, item.host_id):
        raise NotAllowed(
            cite(_("这是你所在单位承办的项目，要由与它没有关系的人办理。"), DIGITAL), code="own_case"
        )
    return who


def belongs(user: User, organisation: int) -> bool:
    """Whether they hold any role there or work there, suspended or not."""
    return (
        reading.people_of(organisation).filter(user=user).exists()
        or reading.employed_by(organisation).filter(user=user).exists()
    )


def closed(item: DigitalItem, day: date | None = None) -> str:
    """Why nobody can sign up on a day (today); "" while they can. The notice first (A15)."""
    if board.announced(item.subject, board.Kind.ENROLMENT) is None:
        return cite(_("招收通知还没有发布，发布以后才能报名。"), BOARD)
    if item.case.state != "open":
        return cite(_("这个项目现在不接受报名。"), DIGITAL)
    if item.enrol_until is None or item.enrol_until < (day or today()):
        last = item.enrol_until.isoformat() if item.enrol_until else "—"
        return _("报名截止日期是 %(day)s，已经过了。") % {"day": last}
    return ""


# --- what acts bring -----------------------------------------------------------------------------------------


def after(done: Done) -> None:
    """What an act brings, or why it cannot be done; inside its transaction."""
    if done.transition.name == "approve":
        _approve(done)
        return
    found = DigitalItem.objects.filter(case=done.case).first()
    if found is None:
        return
    row = locked(found)
    follows = {
        "announce": _announce,
        "report": _report,
        "close": _close,
        "cancel": _stop,
        "withdraw": _stop,
    }.get(done.transition.name)
    if follows is not None:
        follows(done, row)


def _approve(done: Done) -> None:
    case, facts = done.case, rules.load(done.case.facts)
    people = rules.takes_people(facts.track, facts.people)
    contest = facts.track == Track.CONTEST
    item = DigitalItem.objects.create(
        case=case,
        authority=case.authority,
        host=case.body,
        track=facts.track,
        year=facts.year,
        title=facts.title.strip()[:120],
        level=facts.level,
        fund=facts.fund,
        direction=facts.direction.strip()[:60],
        stages=[stage.strip() for stage in facts.stages] if contest else [],
        team_most=facts.team_most if contest else 1,
        people=facts.people if people else 0,
        centihours=facts.centihours if people else 0,
        enrol_until=rules.day_of(facts.enrol_until) if people else None,
        budget_fen=facts.budget_fen,
        approved_on=done.day,
    )
    with translation.override(settings.LANGUAGE_CODE):
        board.post(
            PLATFORM,
            kind=board.Kind.HOST,
            title=_("%(year)s 年度数字技术项目：%(title)s") % {"year": item.year, "title": item.title},
            authority=item.authority,
            subject=item.subject,
            body=words.plan_text(item, facts),
            url=f"/digital/{item.uuid}/",
            first_day=done.day,
            key=f"{item.subject}:listed",
        )


def _announce(done: Done, row: DigitalItem) -> None:
    if board.announced(row.subject, board.Kind.HOST) is None:
        raise Conflict(
            cite(_("项目和承办单位的公告被撤回了，重新公布以后才能开始。"), BOARD), code="not_public"
        )
    people = row.people > 0
    if people and (row.enrol_until is None or row.enrol_until < done.day):
        raise Conflict(
            cite(_("报名截止日期已经过了，不能再招收。请撤回后改日期重新申报。"), BOARD), code="too_late"
        )
    with translation.override(settings.LANGUAGE_CODE):
        facts = rules.load(row.case.facts)
        text = [facts.about, words.plan_text(row, facts)]
        if people:
            text.append(
                _("名额：%(people)s\n报名截止：%(until)s")
                % {"people": row.people, "until": row.enrol_until and row.enrol_until.isoformat()}
            )
        board.post(
            PLATFORM,
            kind=board.Kind.ENROLMENT if people else board.Kind.OTHER,
            title=(_("%(title)s：招收通知") if people else _("%(title)s：开始实施")) % {"title": row.title},
            authority=row.authority,
            subject=row.subject,
            body="\n".join(text),
            url=f"/digital/{row.uuid}/",
            first_day=done.day,
            last_day=row.enrol_until if people else None,
            key=f"{row.subject}:opened",
        )


def _report(done: Done, row: DigitalItem) -> None:
    if not done.act.papers:
        raise Invalid(
            cite(_("请附上这次的项目总结。"), BOARD), code="evidence", details={"field": "evidence"}
        )
    if row.track == Track.CONTEST and not final_published(row):
        raise Conflict(cite(_("决赛成绩还没有公布，公布以后才能报送总结。"), DIGITAL), code="no_final")
    trained = rules.trains(row.track, row.people) and row.trainees.filter(left=False).exists()
    if trained and not row.level_lists.filter(state="published").exists():
        raise Conflict(cite(_("结业名单还没有公布，公布以后才能报送总结。"), DIGITAL), code="no_list")
    if row.level_lists.filter(state="waiting").exists():
        raise Conflict(cite(_("还有没公布的水平评价名单。"), DIGITAL), code="list_waits")


def final_published(item: DigitalItem) -> bool:
    last = len(item.stages) - 1
    return item.sheets.filter(stage=last, state=ResultSheet.State.PUBLISHED).exists()


def _close(done: Done, row: DigitalItem) -> None:
    _no_money_left(row)


def _stop(done: Done, row: DigitalItem) -> None:
    if row.achievements.filter(ended_at__isnull=True).exists():
        raise Conflict(cite(_("已经公布过成绩的项目不能取消，请结项。"), DIGITAL), code="has_results")
    _no_money_left(row)
    # What was announced was announced: it stays on the board, marked.
    said = done.act.reason or str(done.transition.label)
    board.end_all(PLATFORM, row.subject, said, url=f"/digital/{row.uuid}/", day=done.day)


def _no_money_left(row: DigitalItem) -> None:
    """Nothing lies promised or unused."""
    places = {purse.uuid: purse.place for purse in row.purses.all()}
    open_places = (ItemPurse.Place.COMMITTED, ItemPurse.Place.HELD)
    if any(fen for owner, fen in money_of(places).items() if places[owner] in open_places):
        raise Conflict(cite(_("资助资金还没有用完或退回，不能结束项目。"), MONEY), code="money_left")


def post_results(item: DigitalItem, what: Words, *, key: str, corrects: str = "", why: str = "") -> None:
    """That results are public, on the notice board; who they are about stands on the item's page alone, and goes with them. corrects: the
    key of the first posting of what is corrected, which is replaced and stays readable; why: as the posting says it."""
    former = board.last_of(corrects) if corrects else None
    said = " ".join(why.split())[:LONGEST_SAID]
    with translation.override(settings.LANGUAGE_CODE):
        board.post(
            PLATFORM,
            kind=board.Kind.RESULT,
            title=(_("%(title)s：%(what)s结果（更正）") if why else _("%(title)s：%(what)s结果"))
            % {"title": item.title, "what": what},
            authority=item.authority,
            subject=item.subject,
            body=_("结果公布在项目页。")
            if not why
            else _("更正：%(why)s。结果公布在项目页。") % {"why": said},
            url=f"/digital/{item.uuid}/",
            key=key,
            replaces=former,
            reason=said if former is not None else "",
        )
