"""Making a transcript: a snapshot of what stands in the books, its hash, its verify code, its PDF.

Owns: the snapshot and taking it back. Refuses: any number that is not derived from the ledger.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop, pgettext
from django.utils.translation import gettext as _

from creditbank.applications.models import UseDraw
from creditbank.credentials.services import revoke_of_transcript
from creditbank.holders.queries import account_of
from creditbank.holders.rules import grouped as grouped_number
from creditbank.ledger.models import Entry
from creditbank.ledger.queries import balances_of, reversed_uuids
from creditbank.ledger.rules import canonical, digest
from creditbank.ledger.words import unit_title
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import outcomes_of
from creditbank.transcripts.models import TranscriptSnapshot
from creditbank.transcripts.queries import besides_of, content_of, method_of
from creditbank.transcripts.verdict import KIND
from lms.accounts.api import User, actor, masked_name, real_name
from lms.lib.audit.services import record
from lms.lib.clock import SHANGHAI, now
from lms.lib.errors import Conflict
from lms.lib.pdf import qr_svg, render_typst
from lms.lib.snapshots import one_moment
from lms.lib.units import format_centi
from lms.lib.verify import services as verify
from lms.lib.verify.rules import grouped

TARGET = "creditbank.TranscriptSnapshot"
# A paper for people: whoever has more postings than this gets the newest, and the sums of all.
MOST_LINES = 500
TRANSFER = "college_transfer"


def compile_content(user: User) -> dict[str, Any]:
    """What would stand on the paper now: sums per account, credited courses, postings, verified outcomes. What is posted while it is
    read is on none of its lines."""
    with one_moment(brief=True):
        return _compiled(user)


def _compiled(user: User) -> dict[str, Any]:
    balances = balances_of(user.uuid)
    entries = list(
        Entry.objects.filter(account__in=[item.account.pk for item in balances])
        .select_related("transaction", "account__unit")
        .order_by("-transaction__posted_at", "-id")[:MOST_LINES]
    )
    undone = reversed_uuids([entry.transaction_id for entry in entries])
    moved = _transferred(entries)
    hours = [item for item in balances if item.account.unit_id != "credit"]
    credits = [item for item in balances if item.account.unit_id == "credit"]
    total = sum(item.balance for item in credits)
    courses = list(_courses(entries, undone, moved))
    besides = list(_besides(entries, undone))
    older = total - sum(item["centicredits"] for item in (*courses, *besides))
    return {
        "name": real_name(user),
        "masked_name": masked_name(user),
        "holder": str(user.uuid),
        "learner_number": _number(user),
        "centihours": sum(item.balance for item in hours),
        "centicredits": total,
        "hours": [{"unit": item.unit.label, "centi": item.balance} for item in hours],
        "courses": courses,
        # With the courses they make the sum: what belongs to no course, what has ended, what is older than the paper shows.
        "besides": besides + ([{"sort": "older", "centicredits": older}] if older else []),
        "studies": list(_studies(entries, undone)),
        "postings": [_posting(entry, entry.transaction_id in undone) for entry in entries],
        "outcomes": [_outcome(outcome) for outcome in outcomes_of(user).filter(status="verified")],
    }


def _number(user: User) -> str:
    """The learner number in groups of four; "" for whoever has none yet."""
    held = account_of(user)
    return grouped_number(held.number) if held else ""


def _courses(entries: list[Entry], undone: set[Any], moved: set[tuple[str, str]]) -> Iterable[dict[str, Any]]:
    """The credited courses, out of the evidence of the postings that stand; one that was transferred stands where it
    went, not where it came from.
    """
    for entry in entries:
        row = entry.transaction
        if entry.account.unit_id != "credit" or row.uuid in undone or row.reverses_id is not None:
            continue
        # A transfer has a line at either college.
        for course in row.evidence.get("courses", []) if entry.amount > 0 else []:
            if (row.evidence.get("application"), course["code"]) in moved:
                continue
            yield {
                "transaction": str(row.uuid),
                "college": row.evidence.get("college", {}).get("name", ""),
                "programme": row.evidence.get("programme", {}).get("name", ""),
                "code": course["code"],
                "name": course["name"],
                "centicredits": course["centicredits"],
                "rule": f"{row.rule_code} v{row.rule_version}",
                "on": row.occurred_on.isoformat(),
            }


def _transferred(entries: list[Entry]) -> set[tuple[str, str]]:
    """(application, course code) of every course that was transferred, also before a merge carried its posting over: that
    transfer stands on the closed account.
    """
    found = {_moved(entry) for entry in entries if entry.transaction.kind == TRANSFER}
    told = [entry.transaction.evidence for entry in entries if "drawn" in entry.transaction.evidence]
    carried = {evidence["application"] for evidence in told if "application" in evidence}
    if carried:
        drawn = UseDraw.objects.filter(kind=UseDraw.Kind.TRANSFER, use__application__uuid__in=carried)
        rows = drawn.values_list("use__application__uuid", "course__course_code")
        found |= {(str(application), code) for application, code in rows}
    return found


def _moved(entry: Entry) -> tuple[str, str]:
    """Which course of which application a transfer took away."""
    source = entry.transaction.evidence["outcome"]
    return source["application"], source["course"]["code"]


def _besides(entries: list[Entry], undone: set[Any]) -> Iterable[dict[str, Any]]:
    """What the postings that stand gave or took beyond courses: credits of no course, credits that expired or were
    redeemed. A course that was transferred is listed where it went, so where it came from only a difference is left.
    """
    for entry in entries:
        row = entry.transaction
        if entry.account.unit_id != "credit" or row.uuid in undone or row.reverses_id is not None:
            continue
        outcome = row.evidence.get("outcome", {})
        if entry.amount > 0:
            # A merge carries over what is left of a posting, and says what was drawn from it before.
            left = entry.amount + row.evidence.get("drawn", 0)
            left -= sum(item["centicredits"] for item in row.evidence.get("courses", []))
        elif row.kind == TRANSFER:
            left = entry.amount + outcome["course"]["centicredits"]
        else:
            left = entry.amount
        if left:
            yield {
                "transaction": str(row.uuid),
                "sort": "gain" if entry.amount > 0 else row.kind,
                "title": outcome.get("title", ""),
                "college": row.evidence.get("college", {}).get("name", ""),
                "programme": row.evidence.get("programme", {}).get("name", ""),
                "centicredits": left,
                "rule": f"{row.rule_code} v{row.rule_version}" if row.rule_code else "",
                "on": row.occurred_on.isoformat(),
            }


def _studies(entries: Iterable[Entry], undone: set[Any]) -> Iterable[dict[str, Any]]:
    """What the hours that stand were given for, where the posting names it."""
    for entry in entries:
        row = entry.transaction
        title = row.evidence.get("title") or row.evidence.get("activity")
        if (
            entry.account.unit_id == "credit"
            or row.uuid in undone
            or row.reverses_id is not None
            or not title
        ):
            continue
        yield {
            "transaction": str(row.uuid),
            "title": str(title),
            "unit": entry.account.unit.label,
            "centi": entry.amount,
            "rule": f"{row.rule_code} v{row.rule_version}" if row.rule_code else "",
            "on": row.occurred_on.isoformat(),
        }


def _posting(entry: Entry, undone: bool) -> dict[str, Any]:
    row = entry.transaction
    return {
        "transaction": str(row.uuid),
        "on": row.occurred_on.isoformat(),
        "unit": entry.account.unit_id,
        "centi": entry.amount,
        "rule": f"{row.rule_code} v{row.rule_version}" if row.rule_code else "",
        "reversed": undone,
        "hash": entry.hash,
    }


def _outcome(outcome: LearningOutcome) -> dict[str, Any]:
    return {
        "uuid": str(outcome.uuid),
        "title": outcome.title,
        "issuer": outcome.issuer_name,
        "issued_on": outcome.issued_on.isoformat(),
        "expires_on": outcome.expires_on.isoformat() if outcome.expires_on else "",
        "method": outcome.get_method_display(),
        "method_code": outcome.method,
    }


def make_transcript(user: User) -> TranscriptSnapshot:
    """Keep what stands in the books now as a transcript, with a code that anyone can verify."""
    moment = now()
    content = compile_content(user) | {"made_at": moment.isoformat(timespec="seconds")}
    with transaction.atomic():
        snapshot = TranscriptSnapshot.objects.create(
            holder=user,
            made_at=moment,
            content=canonical(content).decode(),
            content_hash=digest(content),
        )
        verify.issue(KIND, snapshot.uuid)
        record(actor(user), action="transcript.make", target_type=TARGET, target=snapshot.uuid)
    return snapshot


def revoke_transcript(user: User, snapshot: TranscriptSnapshot) -> None:
    """The holder takes the paper back: its code verifies nothing any more. The ledger is untouched."""
    with transaction.atomic():
        taken = TranscriptSnapshot.objects.filter(pk=snapshot.pk, holder=user, revoked_at__isnull=True)
        if not taken.update(revoked_at=now()):
            raise Conflict(_("这份清单的验证已经停用。"), code="already_revoked")
        verify.revoke(KIND, snapshot.uuid, gettext_noop("持有人已停用这份清单的验证。"))
        revoke_of_transcript(snapshot)
        record(actor(user), action="transcript.revoke", target_type=TARGET, target=snapshot.uuid)


def verify_address(snapshot: TranscriptSnapshot) -> tuple[str, str]:
    """The code and the full address at which anyone can check the transcript."""
    code = verify.issue(KIND, snapshot.uuid)
    return code, settings.PUBLIC_URL + reverse("verify:code", args=[code])


def transcript_pdf(snapshot: TranscriptSnapshot) -> bytes:
    """The transcript as PDF; the same snapshot gives the same bytes."""
    content = content_of(snapshot)
    code, address = verify_address(snapshot)
    data = content | {
        "centihours": format_centi(content["centihours"]),
        "centicredits": format_centi(content["centicredits"]),
        "hours": [
            {"unit": unit_title(item["unit"]), "centi": format_centi(item["centi"])}
            for item in content["hours"]
        ],
        "outcomes": [item | {"method": method_of(item)} for item in content["outcomes"]],
        "courses": [item | {"credits": format_centi(item["centicredits"])} for item in content["courses"]],
        "besides": [
            {"rule": "", "on": ""} | item | {"credits": format_centi(item["centicredits"])}
            for item in besides_of(content)
        ],
        "made_on": snapshot.made_at.astimezone(SHANGHAI).date().isoformat(),
        "hash": snapshot.content_hash,
        "code": grouped(code),
        "address": address,
        "qr": qr_svg(address),
        "text": _paper_text(),
        "lang": "zh" if (get_language() or "").startswith("zh") else "en",
        "region": "cn" if (get_language() or "").startswith("zh") else "gb",
    }
    return render_typst("credit/transcript.typ", data, made_at=snapshot.made_at)


def _paper_text() -> dict[str, str]:
    """The fixed words of the paper, in the language of whoever asks for it."""
    return {
        "title": _("学习成果清单"),
        "subtitle": _("融通学分银行"),
        "holder": _("持有人"),
        "learner_number": _("学习账号"),
        "made_on": _("生成日期"),
        "hours": pgettext("标题", "学时"),
        "credits": pgettext("标题", "学分"),
        "total": _("合计"),
        "no_hours": _("还没有入账的学时。"),
        "no_courses": _("还没有认定的课程学分。"),
        "courses": _("认定的课程学分"),
        "course": _("课程"),
        "besides": _("课程以外的学分"),
        "what": _("来历"),
        "college": _("学校与专业"),
        "rule": _("依据规则"),
        "on": _("入账日期"),
        "outcomes": _("已核实的证书"),
        "certificate": _("证书"),
        "no_outcomes": _("还没有核实过的证书。"),
        "issuer": _("发证机构"),
        "issued_on": _("发证日期"),
        "method": _("核实方式"),
        "verify": _("验证码"),
        "verify_hint": _("扫码或打开下面的网址，即可核对这份清单的真伪："),
        "hash": _("内容指纹（SHA-256）"),
        "note": _(
            "学时以百分之一学时、学分以百分之一学分记账，不四舍五入。每一笔都有规则、依据和经办记录，可在学分银行逐笔查询。"
        ),
    }
