"""Forms of certificate numbers. Checking a form proves nothing about the paper; texts must say so.

Sources: 职业技能等级证书 number of 22 characters, 职业资格证书 of 16 digits (RULES.md, "Certificate numbers",
third-party copies). Forms of other papers are unconfirmed: any text is taken and verified with the issuer.
"""

import re
from dataclasses import dataclass

# Y (employer) or S (social body) + 4 body + 2 province + 6 sequence + 2 year + level 1–5 + 6 serial.
SKILL_NUMBER = re.compile(
    r"^(?P<body>[YS])\d{4}(?P<province>\d{2})\d{6}(?P<year>\d{2})(?P<level>[1-5])\d{6}$"
)
# 特级技师 and above: two letters and 20 digits; what the digits mean is unconfirmed.
SENIOR_NUMBER = re.compile(r"^[A-Z]{2}\d{20}$")
QUALIFICATION_NUMBER = re.compile(r"^\d{16}$")
FREE_NUMBER = re.compile(r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕\[\]/._-]{4,40}$")


@dataclass(frozen=True)
class NumberCheck:
    """form: employer22, social22, senior22, qualification16 or free; problem: a word, "" when the form fits.

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


def check_number(kind: str, number: str, level: int | None) -> NumberCheck:
    """Whether a tidied number has the form of its kind of certificate and agrees with the level claimed."""
    if kind == "vocational_skill_certificate":
        if SENIOR_NUMBER.match(number):
            return NumberCheck("senior22")
        found = SKILL_NUMBER.match(number)
        if found is None:
            return NumberCheck("", problem="skill_form")
        said = int(found["level"])
        form = "employer22" if found["body"] == "Y" else "social22"
        problem = "level_differs" if level is not None and said != level else ""
        return NumberCheck(form, problem, said, 2000 + int(found["year"]))
    if kind == "vocational_qualification":
        return NumberCheck(
            "qualification16", "" if QUALIFICATION_NUMBER.match(number) else "qualification_form"
        )
    return NumberCheck("free", "" if FREE_NUMBER.match(number) else "free_form")
