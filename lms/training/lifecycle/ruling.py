"""The rules of an authority, with their days: the next version of one, and which is in force on a day.

Owns: ProcessRule. Refuses: rules by others than the platform's administrators, for anybody but an authority, with numbers out of their range.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User, actor
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotAllowed
from lms.training.lifecycle.declaration import Process, process_of
from lms.training.lifecycle.models import ProcessRule
from lms.training.lifecycle.numbering import hold_series
from lms.training.lifecycle.rules import disordered, names_another, value_fault
from lms.training.lifecycle.shared import text_of


@dataclass(frozen=True)
class NewRule:
    process: str
    authority: Organisation
    valid_from: date
    values: dict[str, int | None]
    source: str


@transaction.atomic
def set_rule(by: User | Actor, new: NewRule) -> ProcessRule:
    """The next version of an authority's rule; cases handed in before keep theirs. By the platform's administrators, who enter
    what the document says. Raises NotAllowed, Invalid (a number out of range, one missing that the document asks for)."""
    who = _keeper(by)
    process = process_of(new.process)
    if new.authority.kind != Organisation.Kind.AUTHORITY:
        raise Invalid(_("办理规则由主管部门施行。"), code="invalid_rule", details={"field": "authority"})
    source = text_of(new.source, 300, "source", _("请写明依据的文件，不超过 300 个字。"))
    values = {setting.name: new.values.get(setting.name) for setting in process.settings}
    _check(process, values, new.valid_from, other_document=names_another(source, process.source.number))
    rows = ProcessRule.objects.filter(process=process.code, authority=new.authority)
    hold_series(f"rule:{process.code}:{new.authority.pk}")
    version = (rows.aggregate(last=Max("version"))["last"] or 0) + 1
    rule = ProcessRule.objects.create(
        process=process.code,
        authority=new.authority,
        version=version,
        valid_from=new.valid_from,
        values=values,
        source=source,
        published_at=now(),
    )
    record(
        who,
        action="process_rule.set",
        target_type="accounts.Organisation",
        target=new.authority.uuid,
        reason=source,
        data={"process": process.code, "version": version, "from": new.valid_from.isoformat(), **values},
    )
    return rule


def _check(
    process: Process, values: dict[str, int | None], valid_from: date, *, other_document: bool
) -> None:
    """Raises Invalid, at the number's field."""
    if valid_from < process.since and not other_document:
        raise _wrong(
            "valid_from",
            _(
                "%(document)s自 %(day)s 起施行，按它定的规则不能更早生效；依据别的文件的，请在“依据的文件”写明文号。"
            )
            % {"document": process.source.number, "day": process.since.isoformat()},
        )
    sentences = {
        "range": _("“%(label)s”要在 %(least)s 到 %(most)s 之间。"),
        "missing": _("文件规定了“%(label)s”，不能不填。"),
        "undercut": _(
            "%(document)s规定“%(label)s”是 %(standard)s，不能比它宽松；新文件另有规定的，请在“依据的文件”写明文号。"
        ),
    }
    for setting in process.settings:
        if fault := value_fault(setting, values[setting.name], other_document=other_document):
            about = {
                "label": setting.label,
                "least": setting.least,
                "most": setting.most,
                "standard": setting.standard,
                "document": setting.source or process.source,
            }
            raise _wrong(setting.name, sentences[fault] % about)
    for first, second in disordered(process, values):
        sentence = _("“%(first)s”不能大于“%(second)s”。") % {"first": first.label, "second": second.label}
        raise _wrong(first.name, sentence)


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_rule", details={"field": field})


def _keeper(by: User | Actor) -> Actor:
    if isinstance(by, Actor):
        if not by.is_platform:
            raise NotAllowed
        return by
    if not (by.is_active and by.is_superuser):
        raise NotAllowed(_("办理规则由平台管理员按文件设定。"))
    return actor(by, "superuser")


def rule_on(process: str, authority: Organisation | int, day: date) -> ProcessRule | None:
    """The version in force on a day: of those that have begun the one that began last, of equal ones the one published last."""
    rows = ProcessRule.objects.filter(process=process, authority=authority, valid_from__lte=day)
    return rows.order_by("-valid_from", "-version").first()


def rules_on(process: str, authorities: Iterable[Organisation], day: date) -> dict[int, ProcessRule]:
    """The same for several authorities, by their id. One query."""
    rows = ProcessRule.objects.filter(process=process, authority__in=list(authorities), valid_from__lte=day)
    return {rule.authority_id: rule for rule in rows.order_by("valid_from", "version")}
