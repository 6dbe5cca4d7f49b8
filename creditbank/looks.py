"""Why staff looked at what somebody holds: sentences by their codes, which the person reads in their own language."""

from django.utils.translation import gettext_lazy as _

from lms.lib.audit.reasons import Reason

MERGE = Reason("creditbank.merge", _("核对账号合并"))
OUTCOME = Reason("creditbank.outcome", _("核实证书：%(title)s"))
APPLICATION = Reason("creditbank.application", _("审核学分认定申请：%(title)s"))
RECOGNISED = Reason("creditbank.recognised", _("查看已认定的学分：%(title)s"))
APPLICATION_FILE = Reason("creditbank.application_file", _("审核学分认定申请的补充材料"))
REDEMPTION = Reason("creditbank.redemption", _("办理学分兑换：%(name)s"))
FUSED = Reason("creditbank.fused", _("办理双证融通：%(title)s"))
EXEMPTION = Reason("creditbank.exemption", _("审核免考申请：%(title)s"))
PROMOTION = Reason("creditbank.promotion", _("办理竞赛晋级：%(title)s"))
REWARD = Reason("creditbank.reward", _("办理表彰奖励：%(name)s"))
COHORT = Reason("creditbank.cohort", _("查看学历提升计划成员：%(name)s"))
