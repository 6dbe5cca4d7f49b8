"""What each kind of learning outcome must say, and the forms of certificate numbers. Plain values in, plain values out.

Owns: `KINDS`, the one table from which forms, sheets, the API and the service take which fields a kind has and needs;
`check`, the one place that judges them. Checking a form proves nothing about the paper; texts must say so.

Sources: 职业技能等级证书 number of 22 characters, 职业资格证书 of 16 digits (RULES.md, "Certificate numbers",
third-party copies). Forms of other papers are unconfirmed: any text is taken and verified with the issuer. What a theory
paper has to say: S0 四(四), the substitute for papers (SYSTEMS.md, A21). Who assessed: S3 9 (A77).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from datetime import date
from typing import Any

from creditbank.rules.facts import LEVELS_LOW_TO_HIGH, OCCUPATION_CODE, Kind

# Y (employer) or S (social body) + 4 body + 2 province + 6 sequence + 2 year + level 1–5 + 6 serial.
SKILL_NUMBER = re.compile(
    r"^(?P<body>[YS])\d{4}(?P<province>\d{2})\d{6}(?P<year>\d{2})(?P<level>[1-5])\d{6}$", re.ASCII
)
# 特级技师 and above: two letters and 20 digits; what the digits mean is unconfirmed.
SENIOR_NUMBER = re.compile(r"^[A-Z]{2}\d{20}$", re.ASCII)
QUALIFICATION_NUMBER = re.compile(r"^\d{16}$", re.ASCII)
FREE_NUMBER = re.compile(r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕\[\]/._-]{4,40}$")
COURSE_CODE = re.compile(r"^[0-9A-Za-z._-]{1,40}$")

CERTIFICATES = frozenset({Kind.SKILL, Kind.QUALIFICATION, Kind.ABILITY, Kind.X})
LEVELLED = frozenset({Kind.SKILL, Kind.QUALIFICATION})
ASSESSORS = ("government", "employer", "social")
HOUR_UNITS = ("continuing", "training", "class")
AWARD_LEVELS = ("world", "national", "province", "city", "district", "employer")
AWARD_RANKS = ("1", "2", "3", "excellent")
FIVE_SMALL = ("invention", "creation", "innovation", "design", "suggestion")
# S3 7: submitted, selected, put to use (A74).
STAGES = ("submitted", "selected", "used")
EARLIEST = date(1950, 1, 1)
# What no source bounds, and yet no paper says: a typing error is caught, a real one never.
MOST_CENTICREDITS = 20_000
MOST_CENTIHOURS = 1_000_000
MOST_SCORE = 100_000
LONGEST = {"title": 120, "issuer_name": 120, "project": 120, "authors": 200, "reviewer": 60, "about": 1000}


@dataclass(frozen=True)
class Deposit:
    """What is said about an outcome, by a person, a row of a sheet or a program. number: as typed; level: see
    `facts.rank`. Credits, hours and scores in hundredths. issued_on: the day of the certificate, of the result, of the end
    of a training or a project. issuer: the registered organisation (its row), where it is known; entry: the row of the
    catalogue that was chosen.
    """

    kind: str
    title: str
    occupation_code: str
    level: int | None
    issuer_name: str
    number: str
    # None only until `check` has asked for it.
    issued_on: Any
    expires_on: date | None = None
    issuer: Any = None
    assessor_type: str = ""
    starts_on: date | None = None
    course_code: str = ""
    score: int | None = None
    centicredits: int | None = None
    centihours: int | None = None
    unit: str = ""
    award_level: str = ""
    award_rank: str = ""
    sort: str = ""
    stage: str = ""
    project: str = ""
    authors: str = ""
    reviewer: str = ""
    about: str = ""
    entry: Any = None

    @property
    def award(self) -> str:
        """What rules compare: "national-1" of a competition, "invention-used" of a 五小 result, "" of all else."""
        if self.kind == Kind.AWARD:
            return f"{self.award_level}-{self.award_rank}"
        return f"{self.sort}-{self.stage}" if self.kind == Kind.FIVE_SMALL else ""


@dataclass(frozen=True)
class KindSpec:
    """fields: those a kind has, in the order in which they are asked for; needed: those it cannot be without.

    by_number: its number makes it the same paper, whoever has it. Else what `by` names does, for one holder.
    """

    fields: tuple[str, ...]
    needed: frozenset[str]
    by_number: bool = False
    by: tuple[str, ...] = ()


def _spec(asked: str, *, by_number: bool = False, by: str = "") -> KindSpec:
    """asked: names of fields, with * where the field is needed."""
    names = asked.split()
    return KindSpec(
        tuple(name.rstrip("*") for name in names),
        frozenset(name.rstrip("*") for name in names if name.endswith("*")),
        by_number,
        tuple(by.split()),
    )


_CERTIFICATE = "title* occupation_code{} level{} issuer_name* assessor_type number* issued_on* expires_on"
KINDS: Mapping[str, KindSpec] = {
    Kind.SKILL: _spec(_CERTIFICATE.format("*", "*"), by_number=True),
    Kind.QUALIFICATION: _spec(_CERTIFICATE.format("*", "*"), by_number=True),
    Kind.ABILITY: _spec(_CERTIFICATE.format("", "").replace(" level", ""), by_number=True),
    Kind.X: _spec(_CERTIFICATE.format("", ""), by_number=True),
    Kind.COURSE: _spec(
        "title* course_code* issuer_name* centicredits* score number issued_on*", by="issuer_name course_code"
    ),
    Kind.HOURS: _spec(
        "title* issuer_name* centihours* unit* starts_on number issued_on*",
        by="issuer_name title starts_on issued_on",
    ),
    Kind.AWARD: _spec(
        "title* issuer_name* award_level* award_rank* occupation_code number issued_on*",
        by="issuer_name title award_level award_rank issued_on",
    ),
    Kind.FIVE_SMALL: _spec("title* sort* stage* issuer_name* number issued_on* about", by="sort title"),
    Kind.PAPER: _spec(
        "title* project* authors* reviewer* issuer_name* starts_on* issued_on* number about",
        by="title project",
    ),
}
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "level": LEVELS_LOW_TO_HIGH,
    "assessor_type": ASSESSORS,
    "unit": HOUR_UNITS,
    "award_level": AWARD_LEVELS,
    "award_rank": AWARD_RANKS,
    "sort": FIVE_SMALL,
    "stage": STAGES,
}
BOUNDS = {"centicredits": MOST_CENTICREDITS, "centihours": MOST_CENTIHOURS, "score": MOST_SCORE}
FIELDS = tuple(dict.fromkeys(name for spec in KINDS.values() for name in spec.fields))
# Words that nothing is computed from.
DETAILS = ("award_level", "award_rank", "sort", "stage", "project", "authors", "reviewer", "about")


@dataclass(frozen=True)
class Fault:
    """Why a deposit cannot be taken: the field, and a word that `words.fault_sentence` says in full."""

    field: str
    code: str
    values: Mapping[str, Any] = made(default_factory=dict)


@dataclass(frozen=True)
class NumberCheck:
    """form: employer22, social22, senior22, qualification16, free or none; problem: a word, "" when the form fits.

    level: what the number itself says, where it does.
    """

    form: str
    problem: str = ""
    level: int | None = None
    year: int | None = None


def tidy_number(typed: str) -> str:
    """Without blanks, in capitals, full-width digits made plain: as it is hashed and compared."""
    half = "".join(chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign for sign in typed)
    return "".join(half.split()).upper()


def bare_number(number: str) -> str:
    """A tidied number without its brackets, dashes and dots, which people type or leave out: one paper, one number."""
    return "".join(sign for sign in number if sign.isalnum())


def tidy_name(typed: str) -> str:
    """A name as it is compared: width, case, blanks and punctuation do not matter."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed).casefold() if sign.isalnum())


def check_number(kind: str, number: str, level: int | None) -> NumberCheck:
    """Whether a tidied number has the form of its kind of certificate and agrees with the level claimed."""
    if kind == Kind.SKILL:
        if SENIOR_NUMBER.match(number):
            return NumberCheck("senior22")
        found = SKILL_NUMBER.match(number)
        if found is None:
            return NumberCheck("", problem="skill_form")
        said = int(found["level"])
        form = "employer22" if found["body"] == "Y" else "social22"
        problem = "level_differs" if level is not None and said != level else ""
        return NumberCheck(form, problem, said, 2000 + int(found["year"]))
    if kind == Kind.QUALIFICATION:
        return NumberCheck(
            "qualification16", "" if QUALIFICATION_NUMBER.match(number) else "qualification_form"
        )
    if not number and "number" not in KINDS[kind].needed:
        return NumberCheck("none")
    return NumberCheck("free", "" if FREE_NUMBER.match(number) else "free_form")


def check(said: Deposit, today: date) -> list[Fault]:
    """Everything that cannot be right about a deposit, in the order of its fields; empty: it may be taken."""
    spec = KINDS.get(said.kind)
    if spec is None:
        return [Fault("kind", "choice")]
    found = [fault for name in spec.fields for fault in _field(name, said, spec, today)]
    if "number" in spec.fields and not any(fault.field == "number" for fault in found):
        number = check_number(said.kind, tidy_number(said.number), said.level)
        if number.problem:
            found.append(Fault("number", number.problem, {"level": number.level}))
    return found


def _field(name: str, said: Deposit, spec: KindSpec, today: date) -> list[Fault]:
    value = getattr(said, name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return [Fault(name, "needed")] if name in spec.needed else []
    if name in LONGEST and len(value.strip()) > LONGEST[name]:
        return [Fault(name, "too_long", {"most": LONGEST[name]})]
    if name in CHOICES and value not in CHOICES[name]:
        return [Fault(name, "choice")]
    if name in BOUNDS and not (0 if name == "score" else 1) <= value <= BOUNDS[name]:
        return [Fault(name, "range")]
    if name == "occupation_code" and not OCCUPATION_CODE.match(value.strip()):
        return [Fault(name, "occupation_form")]
    if name == "course_code" and not COURSE_CODE.match(value.strip()):
        return [Fault(name, "course_form")]
    return _day(name, value, said, today)


def _day(name: str, value: Any, said: Deposit, today: date) -> list[Fault]:
    if name in {"issued_on", "starts_on"} and value > today:
        return [Fault(name, "future")]
    if name in {"issued_on", "starts_on"} and value < EARLIEST:
        return [Fault(name, "long_ago")]
    if name == "expires_on" and said.issued_on is not None and value < said.issued_on:
        return [Fault(name, "before_issue")]
    if name == "starts_on" and said.issued_on is not None and value > said.issued_on:
        return [Fault(name, "after_end")]
    return []


def identity(said: Deposit, holder: str) -> str:
    """What makes an outcome the same one, as plain text to be hashed: its number where a number names one paper, else
    what its kind is known by, for this holder. holder: the person's uuid.
    """
    spec = KINDS[said.kind]
    number = bare_number(tidy_number(said.number))
    if number and (spec.by_number or said.kind == Kind.AWARD):
        return f"{said.kind}:{number}"
    known = (getattr(said, name) for name in spec.by)
    parts = [tidy_name(value.isoformat() if isinstance(value, date) else value or "") for value in known]
    return "|".join([said.kind, holder, *parts])


def assessor_of(said: Deposit, form: str, issuer_kind: str = "") -> str:
    """Who assessed (A77): what was said; else what the number says (Y employer, S social); else what the issuer is. ""
    where nothing tells, and of what is no certificate.
    """
    if said.kind not in CERTIFICATES:
        return ""
    by_number = {"employer22": "employer", "social22": "social"}.get(form, "")
    by_issuer = {"authority": "government", "enterprise": "employer", "assessor": "social"}
    return by_number or said.assessor_type or by_issuer.get(issuer_kind, "")


def months_later(day: date, months: int) -> date:
    """The last day of a validity of so many months, the day itself the first; 31 August and a month: 30 September."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(years, month + 1, last)
        except ValueError:
            continue
    # A year that no calendar has: the day itself, which is refused for its own sake.
    return day
