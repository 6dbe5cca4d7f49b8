"""What the conversion engine works on: outcomes, rules, a programme, what is used. Frozen plain values, no database.

Owns the words (kinds, directions, modes, levels, reasons) and the shapes. Refuses to know how a row becomes a fact:
that is `rules/queries.fact` for a rule version and `applications/queries.outcome_fact` for an outcome.

Units: credits in hundredths (centicredits), hours in hundredths of a 学时 (centihours), scores in hundredths, ratios in
per mille. **None everywhere means that no source sets it**: an unset number never becomes zero and never refuses.

Decisions taken long ago are computed again from what was kept of them, so a field that is added needs a default under
which nothing changes, and `rules.dump` leaves a field out while it holds its default.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache

# X-XX-XX-XX, first digit 1–8; the 2022 marks S (digital) and L (green) may follow (RULES.md, "Occupation code").
OCCUPATION_CODE = re.compile(r"^([1-8]-\d{2}-\d{2}-\d{2}) ?([SL]|L/S|S/L)?$", re.ASCII)


class Kind(StrEnum):
    """What an outcome is: the values of `LearningOutcome.kind` and `ConversionRuleVersion.outcome_kind`."""

    SKILL = "vocational_skill_certificate"
    QUALIFICATION = "vocational_qualification"
    ABILITY = "special_ability_certificate"
    X = "x_certificate"
    COURSE = "degree_course"
    HOURS = "training_hours"
    AWARD = "competition_award"
    FIVE_SMALL = "five_small_result"
    PAPER = "theory_paper"


class Direction(StrEnum):
    """What becomes what. The engine does not branch on it: what a rule gives stands in its own fields."""

    CERTIFICATE_TO_CREDITS = "certificate_to_credits"
    CREDITS_TO_EXEMPTION = "credits_to_exemption"
    HOURS_TO_CREDITS = "hours_to_credits"
    CREDITS_TO_CREDITS = "credits_to_credits"


class Mode(StrEnum):
    """The four modes of S2 二, which gives their names and audiences only. "" (no mode): a plain rule."""

    COURSE_RECOMBINATION = "course_recombination"  # 课程重组型, students
    CREDIT_RECOGNITION = "credit_recognition"  # 学分认可型, students
    THROUGH_TRAIN = "through_train"  # 直通车式, trainees
    CERTIFICATE_RECOGNITION = "certificate_recognition"  # 证书认可型, trainees


# One order for both series: 五级/初级工 (5) to 一级/高级技师 (1); the eight-level series adds 学徒工 below, and
# 特级技师 and 首席技师 above (人社部发〔2022〕14号; RULES.md, "Levels"). The numbers 5–1 are the certificates' own,
# the other three are ours: compare levels by `rank`, never by the number.
APPRENTICE, SPECIAL_TECHNICIAN, CHIEF_TECHNICIAN = 6, 7, 8
LEVELS_LOW_TO_HIGH = (APPRENTICE, 5, 4, 3, 2, 1, SPECIAL_TECHNICIAN, CHIEF_TECHNICIAN)
_RANK = {level: place for place, level in enumerate(LEVELS_LOW_TO_HIGH, start=1)}


def rank(level: int) -> int:
    """1 (学徒工) to 8 (首席技师): the greater the higher. 0 for a number that is no level."""
    return _RANK.get(level, 0)


class Reason(StrEnum):
    """Why a line gives what it gives. In words: `applications/words.reason_sentence`."""

    GRANTED = "granted"
    NEEDS_VERIFICATION = "needs_verification"
    ALREADY_USED = "already_used"
    COURSE_CREDITED = "course_credited"
    CAP_REACHED = "cap_reached"  # Line.cap and Line.limit say which cap, and how high it is
    LEVEL_TOO_LOW = "level_too_low"
    EXPIRED = "expired"
    TOO_OLD = "too_old"
    NOT_YET_ISSUED = "not_yet_issued"
    REFUSED = "refused"
    ANOTHER_RULE = "another_rule"  # Line.winner: the rule under which this outcome gives
    RULE_NOT_IN_FORCE = "rule_not_in_force"
    NO_RULE = "no_rule"
    # What follows comes from the engine (`engine.py`) only.
    SCORE_TOO_LOW = "score_too_low"
    SCORE_MISSING = "score_missing"
    ISSUER_NOT_ACCEPTED = "issuer_not_accepted"
    AWARD_NOT_ACCEPTED = "award_not_accepted"
    WRONG_UNIT = "wrong_unit"
    TOO_LITTLE = "too_little"  # the amount is under the rule's least, or under one step of its rate
    EXEMPTED = "exempted"  # every exemption part of the rule is granted already
    EXCLUDED = "excluded"  # another rule of the same exclusion group gave already
    RULE_TAKEN = "rule_taken"  # not stackable, and used already
    CAP_NOT_COMPUTABLE = "cap_not_computable"  # a ratio of a programme whose credits nobody has set
    BETTER_ALTERNATIVE = "better_alternative"  # Line.winner, Line.winner_outcome: what took its place


GIVING = frozenset({Reason.GRANTED, Reason.NEEDS_VERIFICATION})


class Cap(StrEnum):
    """Which cap. A rule that names one gives only as long as what the cap counts, used and new, stays within it."""

    PROGRAMME = "programme"  # everything recognised in the programme
    PROGRAMME_RATIO = "programme_ratio"  # the same, as a share of the programme's credits
    YEAR = "year"  # everything recognised in the programme in the calendar year of the application (the day whose rules judge it)
    INSTITUTION = "institution"  # everything recognised in the programme from outcomes of one issuer
    RULE = "rule"  # everything this rule (by its code) has given in the programme


@dataclass(frozen=True)
class OutcomeFact:
    """An outcome as the engine sees it. status: submitted, verified or refused; level: see `rank`.

    achievement: what makes it the same one whoever registers it. issuer: the issuing institution's organisation code,
    its name as written where it is not registered, "" unknown. A degree course brings course_code, centicredits, score
    and its college as issuer; hours bring centihours and their unit; an award brings its rank in `award`.
    """

    id: str
    achievement: str
    kind: str
    occupation_code: str
    level: int | None
    issued_on: date
    expires_on: date | None
    status: str
    issuer: str = ""
    course_code: str = ""
    score: int | None = None  # hundredths: 8550 is 85.5
    centicredits: int | None = None  # what the course gave at the college that taught it
    centihours: int | None = None
    unit: str = ""  # of the hours, as the source names it: "training", "continuing", "class" …
    award: str = ""  # "national-1", "city-3" …: compared by equality only


@dataclass(frozen=True)
class CourseFact:
    """A course of the programme. centicredits: what it gives."""

    code: str
    name: str
    centicredits: int


@dataclass(frozen=True)
class ExemptionFact:
    """A part of a skill assessment that need not be taken (学分认可型). code: unique in the programme."""

    code: str
    name: str = ""


class Measure(StrEnum):
    """What a rate counts."""

    CENTIHOURS = "centihours"
    CENTICREDITS = "centicredits"


@dataclass(frozen=True)
class Rate:
    """`per` of an amount give `centicredits`, rounded down to whole `step`s: per outcome, once, never up.

    16 学时 = 1 学分 in whole hundredths: Rate(1600, 100). In half credits only: Rate(1600, 100, step=50).
    Of what a rate gives a cap may leave a part; a course is given whole or not at all.
    """

    per: int
    centicredits: int
    step: int = 1
    of: str = Measure.CENTIHOURS
    unit: str = ""  # hours of this unit only; "" any

    def of_amount(self, amount: int) -> int:
        """centicredits for an amount in `of`."""
        return amount * self.centicredits // self.per // self.step * self.step


@dataclass(frozen=True)
class RuleFact:
    """A published version (or a draft) of one rule. What it asks, what it gives, within which caps, on which days.

    programme: the id of the programme it holds in. What it gives: `courses` (whole), `exemptions`, `free`
    (centicredits of no course) and/or `rate` (centicredits by amount). Fields up to max_age_days are those of the
    first versions ever published; all after it have the default under which those go on meaning the same.
    """

    code: str
    version: int
    programme: str
    outcome_kind: str
    occupation_code: str  # "": any
    level: int | None  # None: no level is asked
    or_higher: bool
    courses: tuple[CourseFact, ...]
    valid_from: date
    valid_until: date | None
    source: str  # the document and article
    cap: int | None = None  # Cap.PROGRAMME, centicredits
    max_age_days: int | None = None  # of the evidence, from its date of issue
    direction: str = Direction.CERTIFICATE_TO_CREDITS
    mode: str = Mode.CERTIFICATE_RECOGNITION  # "" for a plain rule
    # What it asks.
    min_score: int | None = None  # hundredths
    min_amount: int | None = None  # of what `rate` counts (centihours without a rate)
    issuers: tuple[str, ...] | None = None  # accepted issuers, as OutcomeFact.issuer names them; None: all
    awards: tuple[str, ...] | None = None  # accepted values of OutcomeFact.award; None: all
    course_code: str = ""  # the course of the other college that is asked; "": any
    # What it gives besides courses.
    free: int = 0
    exemptions: tuple[ExemptionFact, ...] = ()
    rate: Rate | None = None
    # Within which caps.
    cap_permille: int | None = None  # Cap.PROGRAMME_RATIO, of ProgrammeFact.centicredits
    cap_per_year: int | None = None
    cap_per_institution: int | None = None
    cap_per_rule: int | None = None
    # Beside which others.
    group: str = ""  # mutual exclusion: at most one rule of a group may give in a programme
    stackable: bool = True  # whether more than one outcome may give by this rule
    shares_outcome: bool = False  # whether an outcome that gives here may give by other sharing rules too

    @cached_property
    def centicredits(self) -> int:
        """What it gives whatever the amount."""
        return sum(course.centicredits for course in self.courses) + self.free


@dataclass(frozen=True)
class ProgrammeFact:
    """What a diploma takes. centicredits None: not set; ratio caps cannot be computed then."""

    id: str
    centicredits: int | None = None
    name: str = ""


@dataclass(frozen=True)
class UsedFact:
    """Something already credited in a programme: a course, free credits (course_code "") or an exemption.

    One row per course, exemption or lump; the rows of one recognition share achievement and rule. What is not known
    of old ones stays at its default and is then counted in no cap but the programme's.
    """

    achievement: str
    programme: str
    course_code: str
    centicredits: int
    rule_code: str = ""
    group: str = ""
    issuer: str = ""
    posted_on: date | None = None
    exemption: str = ""
    shares_outcome: bool = False


@dataclass(frozen=True)
class Line:
    """What one outcome gives under one rule (none: no rule fits). centicredits is 0 unless the reason gives.

    cap, limit: which cap stopped it or left only a part (`uncapped` is what it would have been), in centicredits.
    winner: the code of the rule that gives instead, winner_outcome: by which outcome ("": used long ago).
    """

    outcome: str
    reason: str
    programme: str = ""
    rule_code: str = ""
    rule_version: int = 0
    courses: tuple[CourseFact, ...] = ()
    centicredits: int = 0
    exemptions: tuple[ExemptionFact, ...] = ()
    cap: str = ""
    limit: int | None = None
    uncapped: int | None = None
    winner: str = ""
    winner_outcome: str = ""

    @property
    def gives(self) -> bool:
        return self.reason in GIVING


@lru_cache(maxsize=4096)
def bare_occupation(code: str) -> str:
    """The code without its S or L mark; what is no code comes back as it is."""
    found = OCCUPATION_CODE.match(code.strip())
    return found.group(1) if found else code.strip()


def in_force(rules: Iterable[RuleFact], on_date: date) -> dict[str, RuleFact]:
    """By rule code: the highest version whose dates hold the day. A later version needs no end date in the earlier."""
    found: dict[str, RuleFact] = {}
    for rule in rules:
        if rule.valid_from <= on_date and (rule.valid_until is None or on_date <= rule.valid_until):
            best = found.get(rule.code)
            if best is None or rule.version > best.version:
                found[rule.code] = rule
    return found


def about(outcome: OutcomeFact, rule: RuleFact) -> bool:
    """Whether the rule speaks of such outcomes at all: kind, occupation, and the course where it names one."""
    if outcome.kind != rule.outcome_kind or (rule.course_code and rule.course_code != outcome.course_code):
        return False
    occupation = bare_occupation(rule.occupation_code)
    return not occupation or bare_occupation(outcome.occupation_code) == occupation


def amount(outcome: OutcomeFact, rule: RuleFact) -> int | None:
    """What the rule's rate (without one: its least amount) measures in the outcome; None: the outcome does not say."""
    if rule.rate is not None and rule.rate.of == Measure.CENTICREDITS:
        return outcome.centicredits
    return outcome.centihours


def worth(outcome: OutcomeFact, rule: RuleFact) -> int:
    """centicredits of this outcome under this rule, alone and uncapped; that it fits is `judged_alone`'s part."""
    by_rate = 0 if rule.rate is None else rule.rate.of_amount(amount(outcome, rule) or 0)
    return rule.centicredits + by_rate
