"""What an identity paper's number can look like. A number of the right form is not proof that the paper is
genuine.

GB 11643—1999: eighteen digits, a date of birth inside, the last digit checks the others (ISO 7064 MOD
11-2). python-stdnum also demands a place of birth it knows; its table lacks abolished and newly made
districts, so a few valid numbers would be refused. Places are therefore not judged here.
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
    born = birth_date(number)
    if born is None or born.year < _OLDEST_BIRTH_YEAR:
        return "birth"
    if born > today:
        return "future"
    return None if check_digit(number[:17]) == number[17] else "checksum"


def faults(kind: str, legal_name: str, number: str, today: date) -> list[Fault]:
    """What is wrong with normalised values; empty when nothing is."""
    found = []
    if not _NAME.fullmatch(legal_name):
        found.append(Fault("legal_name", "name"))
    if kind == "id_card":
        fault = id_card_fault(number, today)
        if fault:
            found.append(Fault("number", fault))
    elif kind not in _FORMATS:
        found.append(Fault("kind", "kind"))
    elif not _FORMATS[kind].fullmatch(number):
        found.append(Fault("number", kind))
    return found


def mask_number(number: str) -> str:
    """11010519491231002X → 1****************X: its owner recognises it, nobody else learns the birth date."""
    if len(number) < 4:
        return "*" * len(number)
    return number[0] + "*" * (len(number) - 2) + number[-1]


def mask_name(name: str) -> str:
    """张三丰 → 张＊＊."""
    return name[:1] + "＊" * max(len(name) - 1, 1)
