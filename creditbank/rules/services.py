"""Publishing programmes, rules and rule versions. A published version never changes; the next number replaces it.

People publish through a draft that a panel approved (`drafts/services.py`), which ends here in `new_rule` and
`write_version`; the platform itself (the demo, tests) may publish directly. Refuses everybody else.
"""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.rules import content as contents
from creditbank.rules.content import MOST_CENTICREDITS, NewVersion, wrong
from creditbank.rules.facts import Direction, Mode
from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed
from lms.lib.outbox.services import emit

__all__ = ["NewVersion", "new_rule", "open_programme", "open_rule", "publish_version", "write_version"]

PUBLISHERS = frozenset({"admin"})
LONGEST_NUMBER = 80
# A whole degree; no diploma takes more than a thousand credits.
MOST_OF_A_DIPLOMA = MOST_CENTICREDITS


def _may_publish(who: Actor, organisation: Organisation) -> None:
    if who.role.startswith("system:"):
        return
    if who.role not in PUBLISHERS or who.body != organisation.code:
        raise NotAllowed


def open_programme(
    who: Actor,
    organisation: Organisation,
    *,
    code: str,
    name: str,
    award: str = "",
    centicredits: int | None = None,
    source: str = "",
) -> Programme:
    """The college's programme of that code, made on the first call. centicredits: what the diploma takes, or None. For
    its administrators. Raises NotAllowed, Invalid (a field).
    """
    _may_publish(who, organisation)
    if not _is_number(code, 40):
        raise wrong("code", _("专业代码只能用小写字母、数字和连字符。"))
    for field, text, least, most in (
        ("name", name, 1, 120),
        ("award", award, 0, 40),
        ("source", source, 0, 200),
    ):
        if not least <= len(text.strip()) <= most or "\0" in text:
            raise wrong(field, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    if centicredits is not None and not 0 < centicredits <= MOST_OF_A_DIPLOMA:
        raise wrong("centicredits", _("学分应大于 0，不超过 1000。"))
    with transaction.atomic():
        programme, made = Programme.objects.get_or_create(
            organisation=organisation,
            code=code,
            defaults={"name": name, "award": award, "centicredits": centicredits, "source": source},
        )
        if made:
            record(who, action="programme.open", target_type="creditbank.Programme", target=programme.uuid)
    return programme


def _is_number(code: str, most: int) -> bool:
    return 0 < len(code) <= most and code.isascii() and all(sign.isalnum() or sign in "-_" for sign in code)


def open_rule(
    who: Actor,
    programme: Programme,
    *,
    code: str,
    title: str,
    direction: str = Direction.CERTIFICATE_TO_CREDITS,
    mode: str = Mode.CERTIFICATE_RECOGNITION,
) -> ConversionRule:
    """The rule of that number, made on the first call, without a version yet. The platform's own (see the module)."""
    _platform(who)
    rule = ConversionRule.objects.filter(code=code).first()
    if rule is None:
        return new_rule(who, programme, code=code, title=title, direction=direction, mode=mode)
    if rule.programme_id != programme.pk:
        raise _taken(code)
    return rule


def new_rule(
    who: Actor, programme: Programme, *, code: str, title: str, direction: str, mode: str
) -> ConversionRule:
    """A rule under a number that nobody has. The caller has checked permission. Raises Invalid, Conflict (taken)."""
    if not _is_number(code, LONGEST_NUMBER):
        raise wrong(
            "code", _("规则编号只能用字母、数字和连字符，最多 %(most)s 个。") % {"most": LONGEST_NUMBER}
        )
    contents.check_heading(title, direction, mode)
    try:
        with transaction.atomic():
            rule = ConversionRule.objects.create(
                code=code, title=title.strip(), direction=direction, mode=mode, programme=programme
            )
            record(who, action="rule.open", target_type="creditbank.ConversionRule", target=rule.uuid)
    except IntegrityError as error:
        raise _taken(code) from error
    return rule


def _taken(code: str) -> Conflict:
    return Conflict(
        _("规则编号 %(code)s 已经用过，请换一个。") % {"code": code},
        code="rule_code_taken",
        details={"field": "code"},
    )


def _platform(who: Actor) -> None:
    if not who.is_platform:
        raise NotAllowed(_("规则要先起草，经评审通过后由管理员公布。"), code="needs_a_panel")


def publish_version(who: Actor, rule: ConversionRule, content: NewVersion) -> ConversionRuleVersion:
    """The rule's next version, by the platform itself. Raises NotAllowed, Invalid with the field's name."""
    _platform(who)
    return write_version(who, rule, content)


def write_version(who: Actor, rule: ConversionRule, content: NewVersion) -> ConversionRuleVersion:
    """Write the rule's next version. The caller has checked permission. Raises Invalid with the field's name."""
    contents.check(content, rule.direction)
    contents.check_days(content.valid_from, content.valid_until)
    assert content.valid_from is not None
    with transaction.atomic():
        # The rule's row is the lock under which the next number is chosen.
        ConversionRule.objects.select_for_update().get(pk=rule.pk)
        newest = rule.versions.order_by("-number").first()
        if content.ends and newest is None:
            raise wrong("ends", _("还没有公布过的规则不用停止，作废草案即可。"))
        version = ConversionRuleVersion.objects.create(
            rule=rule,
            number=newest.number + 1 if newest else 1,
            centicredits=content.centicredits,
            published_at=now(),
            published_by=who.person,
            **_columns(content),
        )
        record(
            who,
            action="rule.publish",
            target_type="creditbank.ConversionRuleVersion",
            target=version.uuid,
            data={"rule": rule.code, "number": version.number},
        )
        emit("rule.published", {"rule": str(rule.uuid)}, key=f"rule.published:{version.uuid}")
    return version


# Columns of the same name and meaning.
SAME = (
    *("outcome_kind", "occupation_code", "occupation_name", "level", "or_higher", "courses"),
    *("valid_from", "valid_until", "source_document", "max_age_days", "min_score", "min_amount"),
    *("issuers", "awards", "course_code", "course_name", "free", "group", "stackable", "shares_outcome"),
    *("ends", "cap_permille", *contents.CAPS),
)


def _columns(content: NewVersion) -> dict[str, object]:
    rate = content.rate
    columns = {name: getattr(content, name) for name in SAME}
    columns["exemptions"] = content.exemptions or None
    if rate is not None:
        columns |= {
            "rate_per": rate.per,
            "rate_centicredits": rate.centicredits,
            "rate_step": rate.step,
            "rate_of": str(rate.of),
            "rate_unit": rate.unit,
        }
    return columns
