"""The row of a look: whoever reads of a person's study leaves one under that person, who can read it.

Owns: why, for looks at study, in sentences by their codes. Refuses a look that its person would not find in the list, which
goes by the action's last word.
"""

from django.utils.translation import gettext_lazy as _

from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.audit.reasons import Because, Reason
from lms.lib.audit.services import record

SEEN = ".view"

# With what the reader typed, or the person consented to.
DUTY = Reason("learning.duty", _("职责：%(reason)s"))
CONSENT = Reason("learning.consent", _("本人同意：%(reason)s"))
PACK = Reason("learning.pack", _("制作证据包：%(reason)s"))
CERTIFICATE = Reason("learning.certificate", _("查看结业证书：%(number)s"))
STATEMENT = Reason("learning.statement", _("查看年度学时证明：%(number)s"))
NAME = Reason("learning.name", _("审核姓名更正申请"))
NAME_FILE = Reason("learning.name_file", _("审核姓名更正的证明材料"))
CLAIM = Reason("learning.claim", _("审核学时申报"))
CLAIM_FILE = Reason("learning.claim_file", _("审核学时申报的证明材料"))
HOLD = Reason("learning.hold", _("核实学习记录"))
HOLD_FILE = Reason("learning.hold_file", _("核实学习记录：查看本人提交的材料"))
PRACTICE = Reason("learning.practice", _("查看班次的出席和应会考核：%(run)s"))
PRACTICE_PHOTO = Reason("learning.practice_photo", _("查看应会考核的照片：%(run)s"))
COVERAGE = Reason("learning.coverage", _("职工培训覆盖"))
ASSIGNING = Reason("learning.assigning", _("布置课程"))
ASSIGNED = Reason("learning.assigned", _("布置的课程学完没有"))
OWN = Reason("learning.own", _("本人索取"))
SEARCH = Reason("learning.search", _("在工作人员查找里看到"))
# Its code is of the time when SCORM alone was compared.
CLAIMS = Reason("learning.scorm", _("核对课件自报的时间"))
CMI5 = Reason("learning.cmi5", _("查看 cmi5 课件学习"))


def note_look(who: Actor, person: User, *, action: str, reason: Because, **data: str) -> None:
    """Writes the row. who: the reader in the role that lets them read; action: "….view"; reason: one of the above, which
    the person reads in their own language; data: what was read, by its identifiers, and `day` where it was one day.
    """
    if not action.endswith(SEEN):
        raise ValueError(f"{action} does not end with {SEEN}")
    record(
        who,
        # Under the person, so that it stands in their list of who looked at their record.
        action=action,
        target_type="accounts.User",
        target=person.uuid,
        reason=reason,
        data=data,
    )
