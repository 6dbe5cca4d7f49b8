"""The terms of supervision in words."""

from django.utils.translation import gettext as _

from courses.api import Kind
from lms.accounts.api import Organisation
from lms.training.ce_bases.models import HOST_KINDS
from lms.training.programmes.models import LEVELS
from lms.training.supervision.models import Sort
from lms.training.supervision.process import CRITERIA


def stratum_label(sort: str, code: str) -> str:
    """What a stratum is called: a programme's level, a class's kind of subjects, the kind of a base's body."""
    known = {
        Sort.PROGRAMME: dict(LEVELS),
        Sort.RUN: dict(Kind.choices),
        Sort.BASE: dict(Organisation.Kind.choices),
        Sort.CE_BASE: dict(HOST_KINDS),
    }
    return str(known[Sort(sort)].get(code, code))


def criterion_label(code: str) -> str:
    return str(CRITERIA.get(code, code))


def yuan(fen: int) -> str:
    """1234500 → 12,345.00."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def buckets() -> dict[str, str]:
    return {
        "late": _("已超期"),
        "soon": _("7 天内到期"),
        "later": _("7 天以后到期"),
        "open": _("没有期限"),
    }


def kinds() -> dict[str, str]:
    """Kinds of hours and person-times."""
    return {str(code): str(label) for code, label in Kind.choices} | {
        "programme": _("研修项目结业"),
        "": _("本部门课程包的课程"),
    }
