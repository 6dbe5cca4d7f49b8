"""A rule in plain words: what it asks, gives and is capped by, what stands beside it, and what a new version changed.

Owns: the sentences, the address of a rule's page. A number that no source sets is written 未设定, never left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome, Level
from creditbank.outcomes.words import CHOICE_LABELS
from creditbank.rules.content import NewVersion
from creditbank.rules.facts import Direction, Kind, Measure, Rate
from lms.lib.units import format_centi


def rule_url(code: str, version: int | None = None) -> str:
    """The public page of a rule; with a version's number, that version on it. code: ConversionRule.code, which is also
    what transactions and decisions name the rule by.
    """
    address = reverse("credit:rule", args=[code])
    return f"{address}#v{version}" if version else address


@dataclass(frozen=True)
class Fact:
    """One thing about a rule. key: stable, for comparing versions; lines: its words, one for each row."""

    key: str
    label: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return _("；").join(self.lines)


@dataclass(frozen=True)
class Change:
    """What one version says otherwise than the one before it; gone, come: the lines that differ."""

    label: str
    gone: tuple[str, ...]
    come: tuple[str, ...]


def unset() -> str:
    return _("未设定")


def credits_text(centicredits: int) -> str:
    return _("%(credits)s 学分") % {"credits": format_centi(centicredits)}


def gives_text(content: NewVersion) -> str:
    """What it gives, in a few words, for lists."""
    if content.ends:
        return _("停止")
    parts = []
    if content.centicredits:
        parts.append(credits_text(content.centicredits))
    if content.rate is not None:
        parts.append(rate_text(content.rate))
    if content.exemptions:
        parts.append(_("免考 %(n)s 科") % {"n": len(content.exemptions)})
    return _("；").join(parts)


def asks_text(content: NewVersion) -> str:
    """What it asks, in a few words, for lists."""
    parts = [kind_name(content.outcome_kind)]
    if content.course_code or content.course_name:
        parts.append(_course_asked(content))
    elif content.occupation_code or content.occupation_name:
        parts.append(content.occupation_name or content.occupation_code)
    if content.level is not None:
        parts.append(level_text(content))
    return " · ".join(parts)


def kind_name(kind: str) -> str:
    return str(dict(LearningOutcome.Kind.choices).get(kind, kind))


def level_text(content: NewVersion) -> str:
    """ "三级/高级工及以上"; "" where no level is asked."""
    if content.level is None:
        return ""
    name = str(dict(Level.choices).get(content.level, content.level))
    return _("%(level)s及以上") % {"level": name} if content.or_higher else name


def rate_text(rate: Rate) -> str:
    """ "每 16 学时折 1 学分，以 0.5 学分为一档向下取整"."""
    said = {
        "per": format_centi(rate.per),
        "credits": format_centi(rate.centicredits),
        "unit": CHOICE_LABELS["unit"].get(rate.unit, rate.unit),
        "step": format_centi(rate.step),
    }
    if rate.of == Measure.CENTICREDITS:
        text = _("他校每 %(per)s 学分折 %(credits)s 学分") % said
    elif rate.unit:
        text = _("每 %(per)s 学时（%(unit)s）折 %(credits)s 学分") % said
    else:
        text = _("每 %(per)s 学时折 %(credits)s 学分") % said
    if rate.step > 1:
        return text + _("，以 %(step)s 学分为一档向下取整") % said
    return text + _("，向下取整")


# --- the facts of a version ------------------------------------------------------------------------------


def facts_of(content: NewVersion, direction: str) -> list[Fact]:
    """What it asks, gives and is capped by. The lines of fields that its kind of outcome does not have are left out."""
    return [*_asks(content), *_gives(content, direction), *_caps(content), *_beside(content)]


def _fact(key: str, label: str, *lines: str) -> Fact:
    return Fact(key, label, tuple(lines) or (unset(),))


def _asks(content: NewVersion) -> Iterable[Fact]:
    yield _fact("kind", _("要求的成果"), kind_name(content.outcome_kind))
    if content.outcome_kind != Kind.COURSE or content.occupation_code:
        name = f"{content.occupation_name} {content.occupation_code}".strip()
        yield _fact("occupation", _("职业"), name or _("不限职业"))
    if content.level is not None:
        yield _fact("level", _("等级"), level_text(content))
    if content.outcome_kind == Kind.COURSE:
        yield _fact("course", _("要求的课程"), _course_asked(content) or _("不限课程"))
        yield _fact("score", _("最低成绩"), *_one(content.min_score, _("%(n)s 分")))
    elif content.min_score is not None:
        yield _fact("score", _("最低成绩"), *_one(content.min_score, _("%(n)s 分")))
    if content.min_amount is not None or content.outcome_kind == Kind.HOURS:
        by_credits = content.rate is not None and content.rate.of == Measure.CENTICREDITS
        word = _("至少 %(n)s 学分") if by_credits else _("至少 %(n)s 学时")
        yield _fact("amount", _("最少数量"), *_one(content.min_amount, word))
    if content.awards is not None or content.outcome_kind == Kind.AWARD:
        yield _fact("awards", _("承认的奖项"), *(award_name(code) for code in content.awards or [""]))
    issuers = [body["name"] for body in content.issuers or []]
    yield _fact("issuers", _("承认的发证机构"), *(issuers or [_("不限机构")]))
    days = content.max_age_days
    yield _fact("age", _("证明的年限"), _("颁发后 %(days)s 天内") % {"days": days} if days else unset())


def _course_asked(content: NewVersion) -> str:
    return " ".join(part for part in (content.course_name, content.course_code) if part)


def award_name(code: str) -> str:
    """ "city-2" → "地市级 二等奖"; what is no code of ours comes back as it is; "": any."""
    if not code:
        return _("不限奖项")
    level, _dash, rank = code.partition("-")
    levels, ranks = CHOICE_LABELS["award_level"], CHOICE_LABELS["award_rank"]
    return f"{levels[level]} {ranks[rank]}" if level in levels and rank in ranks else code


def _one(number: int | None, word: str) -> tuple[str, ...]:
    return () if number is None else (word % {"n": format_centi(number)},)


def _gives(content: NewVersion, direction: str) -> Iterable[Fact]:
    if content.ends:
        yield _fact("ends", _("给出"), _("自生效日期起停止，不再给出任何学分或免考。"))
        return
    if direction == Direction.CREDITS_TO_EXEMPTION or content.exemptions:
        parts = [f"{part['name']} · {part['code']}" for part in content.exemptions]
        yield _fact("exemptions", _("免考科目"), *parts)
    if content.courses:
        courses = [
            f"{course['name']} · {course['code']} · {credits_text(course['centicredits'])}"
            for course in content.courses
        ]
        yield _fact("courses", _("课程与学分"), *courses)
    if content.free:
        yield _fact("free", _("不对应课程的学分"), credits_text(content.free))
    if content.rate is not None:
        yield _fact("rate", _("折算比例"), rate_text(content.rate))


def _caps(content: NewVersion) -> Iterable[Fact]:
    if content.ends or (content.exemptions and not content.centicredits and content.rate is None):
        return
    permille = content.cap_permille
    share = _("毕业总学分的 %(percent)s%%") % {"percent": _percent(permille)} if permille else unset()
    yield _fact("cap", _("本专业认定上限"), *_capped(content.programme_cap_centicredits))
    yield _fact("cap_permille", _("占毕业总学分的比例上限"), share)
    yield _fact("cap_year", _("每年上限"), *_capped(content.cap_per_year))
    yield _fact("cap_institution", _("来自同一发证机构的上限"), *_capped(content.cap_per_institution))
    yield _fact("cap_rule", _("按本规则认定的上限"), *_capped(content.cap_per_rule))


def _capped(centicredits: int | None) -> tuple[str, ...]:
    return () if centicredits is None else (credits_text(centicredits),)


def _percent(permille: int | None) -> str:
    return format_centi((permille or 0) * 10)


def _beside(content: NewVersion) -> Iterable[Fact]:
    if content.ends:
        return
    if content.group:
        said = _("同一专业里，互斥组“%(group)s”的规则只能用其中一条") % {"group": content.group}
    else:
        said = _("没有与之互斥的规则")
    yield _fact("group", _("与其他规则"), said)
    stack = _("可以用多项成果，各认定一次") if content.stackable else _("只能用一项成果")
    yield _fact("stackable", _("多项成果"), stack)
    if content.shares_outcome:
        yield _fact("shares", _("同一成果"), _("认定后，还可以用于其他同样允许共用的规则"))


def source_fact(source: str) -> Fact:
    return _fact("source", _("依据"), source)


CAPS = frozenset({"cap", "cap_permille", "cap_year", "cap_institution", "cap_rule"})


def folded(facts: list[Fact]) -> list[Fact]:
    """The same for reading: the caps that nothing sets stand in one line, after those that are set."""
    bare = [fact for fact in facts if fact.key in CAPS and fact.lines == (unset(),)]
    if len(bare) < 2:
        return facts
    last = max(place for place, fact in enumerate(facts) if fact.key in CAPS)
    kept = [(place, fact) for place, fact in enumerate(facts) if fact not in bare]
    rest = Fact("caps_unset", unset(), (_("、").join(fact.label for fact in bare),))
    before = [fact for place, fact in kept if place <= last]
    return [*before, rest, *(fact for place, fact in kept if place > last)]


def changes(old: list[Fact], new: list[Fact]) -> list[Change]:
    """What the newer version says otherwise, in the order of its facts, then what it says no more."""
    before = {fact.key: fact for fact in old}
    after = {fact.key: fact for fact in new}
    found = []
    for key in dict.fromkeys([*after, *before]):
        was, is_ = before.get(key), after.get(key)
        gone = _without(was.lines if was else (), is_.lines if is_ else ())
        come = _without(is_.lines if is_ else (), was.lines if was else ())
        if gone or come:
            label = is_.label if is_ else was.label if was else ""
            found.append(Change(label, gone, come))
    return found


def _without(lines: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in lines if line not in others)


def act_text(action: str) -> str:
    """An act of a draft's audit row: "rule_draft.submit" → 提交评审."""
    return {
        "start": _("起草"),
        "save": _("修改"),
        "submit": _("提交评审"),
        "vote_yes": _("同意"),
        "vote_no": _("不同意"),
        "approve": _("评审通过"),
        "return": _("退回修改"),
        "withdraw": _("撤回"),
        "publish": _("公布"),
        "discard": _("作废"),
        "effect": _("估算影响"),
    }.get(action.removeprefix("rule_draft."), action)
