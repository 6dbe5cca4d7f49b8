"""The proof of a theory paper (论文替代成果): a PDF with project, dates, authors, reviewer and a verify code (A21; 沪人社专
〔2022〕372号 四(四): what a project brings forth may stand for a paper in a title review).

Owns: the printed paper and its code. Refuses: anything but a theory paper that was found genuine; a code proves what
somebody verified, never what somebody typed.
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome, OutcomeKind
from creditbank.theory.verdict import KIND
from lms.accounts.api import User, real_name
from lms.lib.clock import local_day
from lms.lib.errors import Conflict, NotFound
from lms.lib.pdf import qr_svg, render_typst
from lms.lib.verify import services as verify
from lms.lib.verify.rules import grouped


def verify_address(outcome: LearningOutcome) -> tuple[str, str]:
    """The code and the address at which anyone can check the paper; made on the first call. Raises NotFound (another
    kind), Conflict (not verified).
    """
    if outcome.kind != OutcomeKind.PAPER:
        raise NotFound
    if outcome.status != LearningOutcome.Status.VERIFIED:
        raise Conflict(_("这项成果还没有通过核实，核实以后才能打印证明。"), code="not_verified")
    code = verify.issue(KIND, outcome.uuid)
    return code, settings.PUBLIC_URL + reverse("verify:code", args=[code])


def paper_pdf(outcome: LearningOutcome) -> bytes:
    """The proof as PDF, in the language of whoever asks; the same outcome gives the same bytes. Raises as above."""
    code, address = verify_address(outcome)
    language = get_language() or ""
    data = {
        "title": outcome.title,
        "name": real_name(outcome.holder),
        "rows": _rows(outcome),
        "code": grouped(code),
        "address": address,
        "qr": qr_svg(address),
        "text": {
            "kind": _("论文替代成果证明"),
            "subtitle": _("融通学分银行"),
            "verify": _("验证码"),
            "verify_hint": _("扫码或打开下面的网址，即可核对这份证明的真伪："),
            "note": _("本证明所列内容由核实单位核对。能否替代论文、如何替代，由职称评审的文件规定。"),
        },
        "lang": "zh" if language.startswith("zh") else "en",
        "region": "cn" if language.startswith("zh") else "gb",
    }
    return render_typst("credit/theory_paper.typ", data, made_at=outcome.verified_at)


def _rows(outcome: LearningOutcome) -> list[list[str]]:
    """What stands on the paper, label and words."""
    details = outcome.details
    started = outcome.starts_on.isoformat() if outcome.starts_on else ""
    found = [
        [_("持有人"), real_name(outcome.holder)],
        [_("项目"), details.get("project", "")],
        [_("起止日期"), f"{started} – {outcome.issued_on.isoformat()}"],
        [_("作者"), details.get("authors", "")],
        [_("评审人"), details.get("reviewer", "")],
        [_("项目组织单位"), outcome.issuer_name],
        [_("说明"), details.get("about", "")],
        [_("核实方式"), outcome.get_method_display()],
        [_("核实日期"), local_day(outcome.verified_at).isoformat() if outcome.verified_at else ""],
    ]
    return [row for row in found if row[1]]


def forget(user: User) -> None:
    """Before a person's outcomes go: their codes say so, whatever becomes of the rows."""
    papers = LearningOutcome.objects.filter(holder=user, kind=OutcomeKind.PAPER)
    for uuid in papers.values_list("uuid", flat=True):
        verify.revoke(KIND, uuid, gettext_noop("持有人已注销。"))
