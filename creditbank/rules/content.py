"""What stands in a rule version: the plain value, what may be in it, and its form as JSON while it is a draft.

Owns: `NewVersion`, its checks (bounds of what was typed; whether it is complete; what fits its direction), load and dump.
Refuses to know who may write one (services). Units are those of facts.py; None: no source sets the number.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from creditbank.rules.facts import LEVELS_LOW_TO_HIGH, OCCUPATION_CODE, Direction, Kind, Measure, Mode, Rate
from lms.lib.errors import Invalid

# What a program is told when a field cannot be right.
WRONG = "invalid_rule"
# As wide as the columns they come to stand in; no course gives more than a thousand credits.
LONGEST_CODE, LONGEST_NAME, LONGEST_TITLE, LONGEST_SOURCE = 40, 120, 160, 200
MOST_CENTICREDITS = 100_000
MOST_SCORE = 100_000
MOST_DAYS = 36_500
MOST_ROWS = 50
# What a certificate in the wider sense is: everything but courses and hours, which have directions of their own.
PAPERS = frozenset(set(Kind) - {Kind.COURSE, Kind.HOURS})
KINDS: dict[str, frozenset[str]] = {
    Direction.CERTIFICATE_TO_CREDITS: PAPERS,
    Direction.CREDITS_TO_EXEMPTION: frozenset({Kind.COURSE}),
    Direction.HOURS_TO_CREDITS: frozenset({Kind.HOURS}),
    Direction.CREDITS_TO_CREDITS: frozenset({Kind.COURSE}),
}
# What a rate counts; a certificate has no amount.
MEASURES = {
    Direction.HOURS_TO_CREDITS: Measure.CENTIHOURS,
    Direction.CREDITS_TO_CREDITS: Measure.CENTICREDITS,
}
# Two modes say in their names what becomes what; the policies leave it open for the others.
DIRECTION_OF_MODE = {
    Mode.CERTIFICATE_RECOGNITION: Direction.CERTIFICATE_TO_CREDITS,
    Mode.CREDIT_RECOGNITION: Direction.CREDITS_TO_EXEMPTION,
}
LEVELLED = frozenset({Kind.SKILL, Kind.QUALIFICATION})
CAPS = (
    "programme_cap_centicredits",
    "cap_per_year",
    "cap_per_institution",
    "cap_per_rule",
)


@dataclass(frozen=True)
class NewVersion:
    """The content of a version; see facts.RuleFact for each field. courses: [{"code", "name", "centicredits"}];
    exemptions: [{"code", "name"}]; issuers: the same, code being an organisation's here, or the name again of one that
    is not registered; valid_from None only as long as it is a draft.
    """

    occupation_code: str = ""
    occupation_name: str = ""
    level: int | None = None
    courses: list[dict[str, Any]] = field(default_factory=list)
    valid_from: date | None = None
    source_document: str = ""
    valid_until: date | None = None
    or_higher: bool = False
    outcome_kind: str = Kind.SKILL
    programme_cap_centicredits: int | None = None
    max_age_days: int | None = None
    min_score: int | None = None
    min_amount: int | None = None
    issuers: list[dict[str, str]] | None = None
    awards: list[str] | None = None
    course_code: str = ""
    course_name: str = ""
    free: int = 0
    exemptions: list[dict[str, str]] = field(default_factory=list)
    rate: Rate | None = None
    cap_permille: int | None = None
    cap_per_year: int | None = None
    cap_per_institution: int | None = None
    cap_per_rule: int | None = None
    group: str = ""
    stackable: bool = True
    shares_outcome: bool = False
    ends: bool = False

    @property
    def centicredits(self) -> int:
        """What it gives whatever the amount."""
        return sum(course["centicredits"] for course in self.courses) + self.free


def dump(content: NewVersion) -> dict[str, Any]:
    """As JSON. The dates are not in it: they are given at publication."""
    said = asdict(content)
    del said["valid_from"], said["valid_until"]
    return said


def load(kept: dict[str, Any]) -> NewVersion:
    """Out of a `dump`, also one of before a field was added."""
    known = {item.name for item in fields(NewVersion)}
    said = {name: value for name, value in kept.items() if name in known}
    if said.get("rate"):
        said["rate"] = Rate(**said["rate"])
    return NewVersion(**said)


def dated(content: NewVersion, valid_from: date, valid_until: date | None) -> NewVersion:
    return replace(content, valid_from=valid_from, valid_until=valid_until)


def restarted(content: NewVersion) -> NewVersion:
    """What the next version starts from: the newest one, also after one that ended the rule."""
    return replace(content, ends=False, valid_from=None, valid_until=None)


def wrong(name: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code=WRONG, details={"field": name})


# --- bounds: what may be typed, complete or not ----------------------------------------------------------


def check_heading(title: str, direction: str, mode: str) -> None:
    """Raises Invalid with the field's name."""
    if not _fits(title, LONGEST_TITLE):
        raise wrong("title", _("请填写规则名称，不超过 %(most)s 个字。") % {"most": LONGEST_TITLE})
    if direction not in set(Direction):
        raise wrong("direction", _("请选择转换方向。"))
    if mode and mode not in set(Mode):
        raise wrong("mode", _("请选择双证融通模式，或选“不属于四种模式”。"))
    fixed = DIRECTION_OF_MODE.get(Mode(mode)) if mode else None
    if fixed is not None and direction != fixed:
        raise wrong(
            "mode", _("证书认可型是证书换课程学分，学分认可型是课程学分换考核免考；请改选模式或方向。")
        )


def check_bounds(content: NewVersion) -> None:
    """Whatever is there can be right; whether something is missing, `check` asks. Raises Invalid with the field's name."""
    if content.occupation_code and not OCCUPATION_CODE.match(content.occupation_code):
        raise wrong("occupation_code", _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
    if content.level is not None and content.level not in LEVELS_LOW_TO_HIGH:
        raise wrong("level", _("请选择等级。"))
    if content.outcome_kind not in set(Kind):
        raise wrong("outcome_kind", _("请选择证书类型。"))
    _bounded_texts(content)
    _bounded_numbers(content)
    _rows_fit(content)
    if content.rate is not None:
        _rate_fits(content.rate)


def _bounded_texts(content: NewVersion) -> None:
    for name, value, most in (
        ("occupation_name", content.occupation_name, 80),
        ("source_document", content.source_document, LONGEST_SOURCE),
        ("course_code", content.course_code, LONGEST_CODE),
        ("course_name", content.course_name, LONGEST_NAME),
        ("group", content.group, LONGEST_CODE),
    ):
        if len(value) > most or "\0" in value:
            raise wrong(name, _("最多 %(most)s 个字。") % {"most": most})
    rows = content.issuers
    if rows is not None and not (0 < len(rows) <= MOST_ROWS and all(_is_body(row) for row in rows)):
        raise wrong("issuers", _("每行写一个，最多 %(most)s 行；不限的留空。") % {"most": MOST_ROWS})
    words = content.awards
    if words is not None and not (0 < len(words) <= MOST_ROWS and all(_fits(word, 120) for word in words)):
        raise wrong("awards", _("每行写一个，最多 %(most)s 行；不限的留空。") % {"most": MOST_ROWS})


def _is_body(row: dict[str, str]) -> bool:
    return (
        set(row) == {"code", "name"} and _fits(row["code"], LONGEST_NAME) and _fits(row["name"], LONGEST_NAME)
    )


def _bounded_numbers(content: NewVersion) -> None:
    bounds: list[tuple[str, int | None, int]] = [
        *((name, getattr(content, name), 10 * MOST_CENTICREDITS) for name in CAPS),
        ("cap_permille", content.cap_permille, 1000),
        ("max_age_days", content.max_age_days, MOST_DAYS),
        ("min_score", content.min_score, MOST_SCORE),
        ("min_amount", content.min_amount, 10 * MOST_CENTICREDITS),
    ]
    for name, number, most in bounds:
        if number is not None and (type(number) is not int or not 0 < number <= most):
            raise wrong(name, _("请填大于 0、不过大的数；没有规定的留空，不要填 0。"))
    if type(content.free) is not int or not 0 <= content.free <= MOST_CENTICREDITS:
        raise wrong("free", _("学分应大于 0，不超过 1000。"))


def _rows_fit(content: NewVersion) -> None:
    _once(content.courses, "courses", _("至少一门课程，课程代码不能重复。"))
    for course in content.courses:
        whole = set(course) == {"code", "name", "centicredits"} and type(course["centicredits"]) is int
        if not whole or not _named(course) or not 0 < course["centicredits"] <= MOST_CENTICREDITS:
            raise wrong("courses", _("每门课程需要代码、名称和大于零的学分（以百分之一学分计）。"))
    _once(content.exemptions, "exemptions", _("免考科目的代码不能重复。"))
    for part in content.exemptions:
        if set(part) != {"code", "name"} or not _named(part):
            raise wrong("exemptions", _("每个免考科目需要代码和名称。"))


def _once(rows: list[dict[str, Any]], name: str, sentence: str) -> None:
    codes = [row.get("code") for row in rows]
    if len(codes) > MOST_ROWS or len({str(code) for code in codes}) != len(codes):
        raise wrong(name, sentence)


def _rate_fits(rate: Rate) -> None:
    numbers = (rate.per, rate.centicredits, rate.step)
    if any(type(number) is not int or not 0 < number <= MOST_CENTICREDITS for number in numbers):
        raise wrong("rate", _("折算比例的每个数都要大于 0。"))
    if rate.of not in set(Measure) or len(rate.unit) > LONGEST_CODE or "\0" in rate.unit:
        raise wrong("rate", _("请写明按学时还是按学分折算。"))


def _named(row: dict[str, Any]) -> bool:
    return _fits(row["code"], LONGEST_CODE) and _fits(row["name"], LONGEST_NAME)


def _fits(text: Any, longest: int) -> bool:
    """What can be written down when the course is credited: a version that is published can also be approved."""
    return isinstance(text, str) and bool(text.strip()) and len(text) <= longest and "\0" not in text


# --- complete, and of its direction ----------------------------------------------------------------------


def check(content: NewVersion, direction: str) -> None:
    """Whether it can be published. Raises Invalid with the field's name."""
    check_bounds(content)
    if not content.source_document.strip():
        raise wrong("source_document", _("每条规则都要写明依据的文件。"))
    if content.ends:
        return
    if content.outcome_kind not in KINDS[Direction(direction)]:
        raise wrong("outcome_kind", _("这类成果不属于所选的转换方向，请改选成果类型或方向。"))
    if content.outcome_kind in LEVELLED:
        if not content.occupation_code:
            raise wrong("occupation_code", _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
        if content.level is None:
            raise wrong("level", _("请选择等级。"))
    _gives(content, Direction(direction))


def _gives(content: NewVersion, direction: Direction) -> None:
    if direction == Direction.CREDITS_TO_EXEMPTION:
        if not content.exemptions:
            raise wrong("exemptions", _("请至少写一个免考的考核科目。"))
        if content.centicredits or content.rate:
            raise wrong("courses", _("免考规则只给免考科目，不给学分。"))
        return
    if content.exemptions:
        raise wrong("exemptions", _("免考科目只用于“课程学分 → 证书考核免考”的规则。"))
    measure = MEASURES.get(direction)
    if content.rate is not None and content.rate.of != measure:
        raise wrong("rate", _("学时规则按学时折算，校际规则按学分折算，证书规则不折算。"))
    if not content.centicredits and content.rate is None:
        raise wrong("courses", _("规则要给出学分：至少一门课程、不对应课程的学分，或一个折算比例。"))


def check_days(valid_from: date | None, valid_until: date | None) -> None:
    if valid_from is None:
        raise wrong("valid_from", _("请填写生效日期。"))
    if valid_until is not None and valid_until < valid_from:
        raise wrong("valid_until", _("失效日期早于生效日期。"))


def changed(old: NewVersion, new: NewVersion) -> Iterable[str]:
    """The names of the fields that differ."""
    return (item.name for item in fields(NewVersion) if getattr(old, item.name) != getattr(new, item.name))
