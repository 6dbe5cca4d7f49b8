"""Publishing programmes, rules and rule versions. A published version never changes; the next number replaces it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome, Level
from creditbank.rules.models import ConversionRule, ConversionRuleVersion, Programme
from creditbank.rules.rules import OCCUPATION_CODE
from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotAllowed

# Until rules have their editors and panels, the college's administrators publish them.
PUBLISHERS = frozenset({"admin"})
# As wide as the columns of CourseCredit; no course gives more than a thousand credits.
LONGEST_CODE, LONGEST_NAME = 40, 120
MOST_CENTICREDITS = 100_000


@dataclass(frozen=True)
class NewVersion:
    """The content of a version. courses: [{"code", "name", "centicredits"}]; None: no source sets this number."""

    occupation_code: str
    occupation_name: str
    level: int
    courses: list[dict[str, Any]]
    valid_from: date
    source_document: str
    valid_until: date | None = None
    or_higher: bool = False
    outcome_kind: str = LearningOutcome.Kind.SKILL
    programme_cap_centicredits: int | None = None
    max_age_days: int | None = None


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
    """The college's programme of that code, made on the first call. centicredits: what the diploma takes, or None."""
    _may_publish(who, organisation)
    with transaction.atomic():
        programme, made = Programme.objects.get_or_create(
            organisation=organisation,
            code=code,
            defaults={"name": name, "award": award, "centicredits": centicredits, "source": source},
        )
        if made:
            record(who, action="programme.open", target_type="creditbank.Programme", target=programme.uuid)
    return programme


def open_rule(who: Actor, programme: Programme, *, code: str, title: str) -> ConversionRule:
    """The rule of that code (证书认可型, certificate → credits), made on the first call, without a version yet."""
    _may_publish(who, programme.organisation)
    with transaction.atomic():
        rule, made = ConversionRule.objects.get_or_create(
            code=code,
            defaults={
                "title": title,
                "mode": ConversionRule.Mode.CERTIFICATE_RECOGNITION,
                "direction": ConversionRule.Direction.CERTIFICATE_TO_CREDITS,
                "programme": programme,
            },
        )
        if rule.programme_id != programme.pk:
            raise Invalid(_("规则代码 %(code)s 已属于另一个专业。") % {"code": code}, code="rule_code_taken")
        if made:
            record(who, action="rule.open", target_type="creditbank.ConversionRule", target=rule.uuid)
    return rule


def publish_version(who: Actor, rule: ConversionRule, content: NewVersion) -> ConversionRuleVersion:
    """Publish the rule's next version. Raises Invalid with the field's name."""
    _may_publish(who, rule.programme.organisation)
    _check(content)
    with transaction.atomic():
        # The rule's row is the lock under which the next number is chosen.
        ConversionRule.objects.select_for_update().get(pk=rule.pk)
        newest = rule.versions.order_by("-number").first()
        version = ConversionRuleVersion.objects.create(
            rule=rule,
            number=newest.number + 1 if newest else 1,
            outcome_kind=content.outcome_kind,
            occupation_code=content.occupation_code,
            occupation_name=content.occupation_name,
            level=content.level,
            or_higher=content.or_higher,
            courses=content.courses,
            centicredits=sum(course["centicredits"] for course in content.courses),
            valid_from=content.valid_from,
            valid_until=content.valid_until,
            source_document=content.source_document,
            programme_cap_centicredits=content.programme_cap_centicredits,
            max_age_days=content.max_age_days,
            published_at=now(),
            published_by=who.person,
        )
        record(
            who,
            action="rule.publish",
            target_type="creditbank.ConversionRuleVersion",
            target=version.uuid,
            data={"rule": rule.code, "number": version.number},
        )
    return version


def _fits(text: Any, longest: int) -> bool:
    """What can be written down when the course is credited: a version that is published can also be approved."""
    return isinstance(text, str) and bool(text.strip()) and len(text) <= longest and "\0" not in text


def _check(content: NewVersion) -> None:
    def wrong(name: str, sentence: str) -> Invalid:
        return Invalid(sentence, code="invalid_rule", details={"field": name})

    if not OCCUPATION_CODE.match(content.occupation_code):
        raise wrong("occupation_code", _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
    if content.level not in Level.values:
        raise wrong("level", _("请选择等级。"))
    if content.outcome_kind not in LearningOutcome.Kind.values:
        raise wrong("outcome_kind", _("请选择证书类型。"))
    if not content.source_document.strip():
        raise wrong("source_document", _("每条规则都要写明依据的文件。"))
    if content.valid_until is not None and content.valid_until < content.valid_from:
        raise wrong("valid_until", _("失效日期早于生效日期。"))
    codes = [course.get("code") for course in content.courses]
    if not codes or len(set(codes)) != len(codes):
        raise wrong("courses", _("至少一门课程，课程代码不能重复。"))
    for course in content.courses:
        amount = course.get("centicredits")
        if set(course) != {"code", "name", "centicredits"} or type(amount) is not int:
            raise wrong("courses", _("每门课程需要代码、名称和大于零的学分（以百分之一学分计）。"))
        named = _fits(course["code"], LONGEST_CODE) and _fits(course["name"], LONGEST_NAME)
        if not named or not 0 < amount <= MOST_CENTICREDITS:
            raise wrong("courses", _("每门课程需要代码、名称和大于零的学分（以百分之一学分计）。"))
