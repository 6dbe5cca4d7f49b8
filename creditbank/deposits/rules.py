"""Lists of deposits in plain functions over plain values: which column is which, what a row says, what is wrong with it.

Owns: headings and spellings. What an outcome must say is `outcomes.rules.check`'s, who a row means is the accounts'.
Refuses: formulas, and numbers that a spreadsheet has cut off; guessing a kind that is not written.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from creditbank.outcomes import rules
from creditbank.outcomes.models import Level, OutcomeKind
from creditbank.outcomes.words import CHOICE_LABELS, fault_sentence
from creditbank.rules.facts import LEVELS_LOW_TO_HIGH

# Heading → field, in the order of the template.
HEADINGS: Mapping[str, str] = {
    "成果类型": "kind",
    "姓名": "name",
    "证件类型": "paper_kind",
    "证件号码": "paper",
    "手机号": "phone",
    "名称": "title",
    "职业编码": "occupation_code",
    "等级": "level",
    "评价主体": "assessor_type",
    "编号": "number",
    "日期": "issued_on",
    "有效期至": "expires_on",
    "开始日期": "starts_on",
    "课程代码": "course_code",
    "学分": "centicredits",
    "成绩": "score",
    "学时": "centihours",
    "学时种类": "unit",
    "竞赛级别": "award_level",
    "获奖等次": "award_rank",
    "五小类别": "sort",
    "所处阶段": "stage",
    "项目": "project",
    "作者": "authors",
    "评审人": "reviewer",
    "情况说明": "about",
}
# Spellings that offices use beside the template's.
ALSO: Mapping[str, str] = {
    "类型": "kind",
    "证件号": "paper",
    "身份证号": "paper",
    "身份证号码": "paper",
    "手机": "phone",
    "手机号码": "phone",
    "证书名称": "title",
    "课程名称": "title",
    "培训名称": "title",
    "成果名称": "title",
    "证书编号": "number",
    "发证日期": "issued_on",
    "成绩日期": "issued_on",
    "结束日期": "issued_on",
    "获奖日期": "issued_on",
    "完成日期": "issued_on",
}
COLUMNS = {**HEADINGS, **ALSO}
TITLES = {field: title for title, field in HEADINGS.items()}
NEEDED = ("kind", "name", "title", "issued_on")
PAPER_KINDS = {
    "居民身份证": "id_card",
    "身份证": "id_card",
    "护照": "passport",
    "港澳居民来往内地通行证": "hk_macao",
    "台湾居民来往大陆通行证": "taiwan",
    "港澳台居民居住证": "residence_permit",
    "外国人永久居留身份证": "permanent_residence",
}
# A heading may stand below a title, not below the list.
HEADING_WITHIN = 10
# A number in a cell keeps fifteen digits.
_EXACT_DIGITS = 15
# Levels that certificates themselves give as a digit, 5 to 1.
_DIGITS = 5
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})",
    re.ASCII,
)
# A cell that was computed has up to seventeen decimals: "at most two" is what it is told.
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,20})?", re.ASCII)
LONGEST_CELL = 4000


@dataclass(frozen=True)
class Fault:
    """field: of COLUMNS, "" for the row as a whole; sentence: what is wrong and what can be done."""

    field: str
    sentence: str

    @property
    def column(self) -> str:
        return TITLES.get(self.field, "")


@dataclass(frozen=True)
class Line:
    """A row as it is read, before anybody looks who it means. person: name, phone, paper_kind and paper as typed."""

    person: Mapping[str, str]
    said: rules.Deposit | None
    faults: tuple[Fault, ...]


class _Wrong(Exception):
    """A sentence about one cell."""


def quoted(words: str) -> str:
    """A cell as a sentence may quote it: sentences are kept, and in a column that slipped stands somebody's number."""
    return re.sub(r"\d{4,}", "…", words)[:20]


def title_of(cell: Any) -> str:
    return re.sub(r"\s|[（(].*?[）)]|[*＊]", "", str(cell or ""))


def places_of(row: Sequence[Any]) -> dict[str, int] | None:
    """Field → place, for a row that is a heading; None for one that is not."""
    places: dict[str, int] = {}
    for place, cell in enumerate(row):
        field = COLUMNS.get(title_of(cell))
        if field:
            places.setdefault(field, place)
    return places if len(places) >= 3 else None


def doubled(row: Sequence[Any]) -> str:
    """The columns of a heading that say the same, as they are written; "" where none do: of two only one could be read."""
    seen: dict[str, str] = {}
    for cell in row:
        title = title_of(cell)
        field = COLUMNS.get(title)
        if field and field in seen:
            return _("、").join([seen[field], title])
        if field:
            seen[field] = title
    return ""


def unread(row: Sequence[Any]) -> list[str]:
    """The columns of a heading that no field is read from, as they are written."""
    titles = (title_of(cell) for cell in row)
    return [quoted(title) for title in titles if title and title not in COLUMNS]


def heading_fault(places: Mapping[str, int]) -> str:
    """A sentence that names the columns that are missing; "" where none is."""
    missing = [TITLES[field] for field in NEEDED if field not in places]
    if not {"paper", "phone"} & places.keys():
        missing.append(_("证件号码或手机号"))
    return _("表头缺少：%(columns)s。") % {"columns": _("、").join(missing)} if missing else ""


def text(cell: Any) -> str:
    """A cell as it is read: numbers without a decimal point, one blank between words, no invisible signs."""
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    shown = (
        sign
        for sign in str(cell)[:LONGEST_CELL]
        if sign.isspace() or unicodedata.category(sign) not in {"Cf", "Cc", "Cs"}
    )
    return " ".join("".join(shown).split())


def read_line(cells: Mapping[str, Any], issuer: Any, today: date) -> Line:
    """What one row says. issuer: the organisation that hands the list in: it issued all of it."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field, cell in cells.items():
        try:
            values[field] = _read(field, cell)
        except _Wrong as error:
            faults.append(Fault(field, str(error)))
    person = {name: str(values.pop(name, "")) for name in ("name", "phone", "paper_kind", "paper")}
    if not person["phone"] and not person["paper"] and not any(f.field in {"phone", "paper"} for f in faults):
        faults.append(Fault("paper", _("证件号码和手机号都没有填，至少要有一个。")))
    kind = values.get("kind", "")
    if not kind:
        if not any(fault.field == "kind" for fault in faults):
            faults.append(Fault("kind", _("请选择证书类型。")))
        return Line(person, None, tuple(faults))
    said = _deposit(kind, values, issuer)
    unread = {fault.field for fault in faults}
    found = rules.check(said, today) if "issued_on" not in unread else []
    faults += [
        Fault(fault.field, fault_sentence(kind, fault)) for fault in found if fault.field not in unread
    ]
    return Line(person, said, tuple(faults))


def _deposit(kind: str, values: Mapping[str, Any], issuer: Any) -> rules.Deposit:
    """Only what the kind has: a list of several kinds has columns that are not for all of them."""
    fields = rules.KINDS[kind].fields
    own: dict[str, Any] = {name: values[name] for name in fields if name in values}
    blank: dict[str, Any] = {
        "title": "",
        "occupation_code": "",
        "level": None,
        "number": "",
        "issued_on": None,
    }
    return rules.Deposit(**{**blank, **own, "kind": kind, "issuer_name": issuer.name, "issuer": issuer})


def _read(field: str, cell: Any) -> Any:
    if isinstance(cell, str) and cell.lstrip().startswith("="):
        raise _Wrong(_("这一格是公式。请复制后选择性粘贴为数值，再传。"))
    if field in {"issued_on", "expires_on", "starts_on"}:
        return _day(cell)
    if field in rules.BOUNDS:
        return _centi(cell)
    if field in {"paper", "number"} and _cut_off(cell):
        raise _Wrong(_("号码在表格里是数字，末几位已经丢失。请把这一列设为文本，重新填写。"))
    words = text(cell)
    if field == "level":
        return _level(words)
    if field == "paper_kind":
        return _chosen(words, _plainly(PAPER_KINDS), PAPER_KINDS)
    if field == "kind" or field in CHOICE_LABELS:
        return _chosen(words, _spellings(field), _labels(field, translation.get_language() or ""))
    return words


def _cut_off(cell: Any) -> bool:
    """A number of a cell that had more digits than a cell keeps."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**_EXACT_DIGITS


def _plain(words: str) -> str:
    return (
        unicodedata.normalize("NFKC", words).casefold().translate({ord(sign): None for sign in '“”"「」+ '})
    )


@lru_cache(maxsize=64)
def _labels(field: str, language: str) -> dict[str, str]:
    """Label → value of a column with choices, in a language ("": of the platform)."""
    pairs: Iterable[tuple[str, Any]] = (
        OutcomeKind.choices if field == "kind" else CHOICE_LABELS[field].items()
    )
    with translation.override(language or settings.LANGUAGE_CODE):
        return {str(label): value for value, label in pairs}


@lru_cache(maxsize=16)
def _spellings(field: str) -> dict[str, str]:
    """Plain spelling → value, in every language of the platform: whoever hands a list in need not read what its template
    was made in."""
    known: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        known |= _plainly(_labels(field, code))
    return known


def _plainly(labels: Mapping[str, str]) -> dict[str, str]:
    return {_plain(word): value for label, value in labels.items() for word in (value, label)}


def _chosen(words: str, known: Mapping[str, str], told: Iterable[str]) -> str:
    """The value for a label or for the value itself. known: by plain spelling; told: the labels in the user's language."""
    if not words:
        return ""
    value = known.get(_plain(words))
    if value is not None:
        return value
    raise _Wrong(
        _("“%(words)s”不在可选的内容里：%(choices)s。")
        % {"words": quoted(words), "choices": _("、").join(told)}
    )


@lru_cache(maxsize=1)
def _levels() -> dict[str, int]:
    """Spelling → level: 三级/高级工, each half of it, in each language, and the digit where the certificate itself has one."""
    found = {str(value): value for value in LEVELS_LOW_TO_HIGH if value <= _DIGITS}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for value in LEVELS_LOW_TO_HIGH:
                label = _plain(str(Level(value).label))
                found |= dict.fromkeys([label, *label.split("/")], value)
    return found


def _level(words: str) -> int | None:
    if not words:
        return None
    level = _levels().get(_plain(words))
    if level is None:
        raise _Wrong(_("等级“%(words)s”读不出来，请写成“三级/高级工”的样子。") % {"words": quoted(words)})
    return level


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    words = unicodedata.normalize("NFKC", text(cell))
    if not words:
        return None
    found = _DAY.fullmatch(words)
    try:
        year, month, day = (int(part) for part in found.groups() if part) if found else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise _Wrong(
            _("日期“%(day)s”读不出来，请写成 2026-03-01 的样子。") % {"day": quoted(words)}
        ) from None


def _centi(cell: Any) -> int | None:
    words = unicodedata.normalize("NFKC", text(cell))
    if not words:
        return None
    # Before Decimal, which would write "9e999999" out.
    if not _NUMBER.fullmatch(words):
        raise _Wrong(_("“%(words)s”不是一个数。") % {"words": quoted(words)})
    number = Decimal(words) * 100
    whole = int(number)
    if number != whole or abs(whole) > 10**9:
        raise _Wrong(_("最多两位小数，请核对。"))
    return whole
