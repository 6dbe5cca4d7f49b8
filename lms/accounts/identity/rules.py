"""What an identity paper's number can look like. A number of the right form is not proof that the paper is
genuine.

GB 11643—1999: eighteen digits, a date of birth inside, the last digit checks the others (ISO 7064 MOD
11-2). python-stdnum also demands a place of birth it knows; its table lacks abolished and newly made
districts, so a few valid numbers would be refused. Places are therefore not judged here, but for the three that the
residence permits of people from Hong Kong, Macao and Taiwan begin with.

The permanent residence card of foreigners (外国人永久居留身份证): since 1 December 2023 eighteen digits, the first a 9, the
last checked as in GB 11643; before, three letters and twelve digits (国家移民管理局, 2023 版适配说明, 第 2–3 条). What
stands between is not judged. Of all other papers only length and characters are known for sure.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_OLDEST_BIRTH_YEAR = 1880
# Names on Chinese papers, the middle dot of names from minority languages, and Latin names on passports.
_NAME = re.compile(
    r"[\u3400-\u9fff\U00020000-\U000323af·]{2,50}|[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ ,.'·-]{1,49}"
)
_DOTS = str.maketrans({"•": "·", "・": "·", "‧": "·", "∙": "·", "．": "·", "。": "·"})

# What the numbers of residence permits begin with (港澳台居民居住证申领发放办法, 国办发〔2018〕81号): Hong Kong, Macao, Taiwan.
_PERMIT_PLACES = ("810000", "820000", "830000")
# Kinds whose numbers GB 11643 keeps apart by themselves: the same number is the same person, whatever kind was chosen.
NUMBERED_ALIKE = ("id_card", "residence_permit", "permanent_residence")
_OLD_CARD = re.compile(r"[A-Z]{3}[0-9]{12}")
_FORMATS = {
    # Ordinary Chinese passports are E or a letter pair and digits; foreign ones vary within ICAO 9303's nine
    # places.
    "passport": re.compile(r"(?=.*\d)[A-Z0-9]{6,9}"),
    # 港澳居民来往内地通行证: H (Hong Kong) or M (Macao), eight digits, two more on cards before 2012.
    "hk_macao": re.compile(r"[HM]\d{8}(\d{2})?"),
    # 台湾居民来往大陆通行证: eight digits; older booklets ten and a letter in brackets.
    "taiwan": re.compile(r"\d{8}|\d{10}[A-Z]?"),
}


@dataclass(frozen=True)
class Fault:
    """Why a value cannot be right: `field` is legal_name or number, `code` a word, see services.SENTENCES."""

    field: str
    code: str


def normalise_number(typed: str) -> str:
    """Full-width and lower-case letters, spaces, dashes and brackets don't matter."""
    return re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", typed)).upper()


def normalise_name(typed: str) -> str:
    """One middle dot, no doubled or outer spaces; none at all inside Chinese names."""
    name = " ".join(unicodedata.normalize("NFC", typed).translate(_DOTS).split())
    return name.replace(" ", "") if re.search(r"[\u3400-\u9fff]", name) else name


def check_digit(first_seventeen: str) -> str:
    """The eighteenth digit that belongs to seventeen given ones."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return _CHECK[total % 11]


def birth_date(number: str) -> date | None:
    """The date of birth inside an eighteen-digit number, None when that is no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def id_card_fault(number: str, today: date) -> str | None:
    """None for a number that can be right; else "length", "digits", "checksum", "birth" or "future"."""
    if len(number) != 18:
        return "length"
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number):
        return "digits"
    if number.startswith(_PERMIT_PLACES):
        return "is_permit"
    if number[0] == "9":
        return "is_card"
    return _eighteen_fault(number, today)


def _eighteen_fault(number: str, today: date) -> str | None:
    born = birth_date(number)
    if born is None or born.year < _OLDEST_BIRTH_YEAR:
        return "birth"
    if born > today:
        return "future"
    return None if check_digit(number[:17]) == number[17] else "checksum"


def permit_fault(number: str, today: date) -> str | None:
    """Of a residence permit (港澳台居民居住证): as of an identity card, but from one of three places."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or not number.startswith(_PERMIT_PLACES):
        return "residence_permit"
    return _eighteen_fault(number, today)


def card_fault(number: str) -> str | None:
    """Of a foreigner's permanent residence card, new or old."""
    if _OLD_CARD.fullmatch(number):
        return None
    if not re.fullmatch(r"9[0-9]{16}[0-9X]", number):
        return "permanent_residence"
    return None if check_digit(number[:17]) == number[17] else "checksum"


def eighteen_fault(number: str, today: date) -> str | None:
    """None for eighteen characters that one of the kinds that share their numbering can carry."""
    if number.startswith(_PERMIT_PLACES):
        return permit_fault(number, today)
    return card_fault(number) if number.startswith("9") else id_card_fault(number, today)


def _number_fault(kind: str, number: str, today: date) -> str | None:
    if kind == "id_card":
        return id_card_fault(number, today)
    if kind == "residence_permit":
        return permit_fault(number, today)
    if kind == "permanent_residence":
        return card_fault(number)
    return None if _FORMATS[kind].fullmatch(number) else kind


def faults(kind: str, legal_name: str, number: str, today: date) -> list[Fault]:
    """What is wrong with normalised values; empty when nothing is."""
    found = []
    if not _NAME.fullmatch(legal_name):
        found.append(Fault("legal_name", "name"))
    if kind not in (*NUMBERED_ALIKE, *_FORMATS):
        found.append(Fault("kind", "kind"))
    elif fault := _number_fault(kind, number, today):
        found.append(Fault("number", fault))
    return found


def lookup_text(kind: str, number: str) -> str:
    """What a paper is known by, before it is hashed: kinds that share one numbering share it here too."""
    alike = kind in NUMBERED_ALIKE and len(number) == 18
    return f"{'id_card' if alike else kind}:{number}"


def mask_number(number: str) -> str:
    """11010519491231002X → 1****************X: its owner recognises it, nobody else learns the birth date."""
    if len(number) < 4:
        return "*" * len(number)
    return number[0] + "*" * (len(number) - 2) + number[-1]


def mask_name(name: str) -> str:
    """张三丰 → 张＊＊."""
    return name[:1] + "＊" * max(len(name) - 1, 1)
