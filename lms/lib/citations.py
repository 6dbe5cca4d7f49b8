"""Document numbers (文号) in text: 沪人社专〔2022〕372号.

A number is letters of the office, a year in brackets, a number and 号 (《党政机关公文处理工作条例》 九(五)). It is written with spaces,
with [ ], ［ ］ or 【 】, with figures of full width as well; all of these are one number. Owns: finding them. Refuses: knowing which documents there are (the policy
library, lms.training.policies); a page leads to /policies/number/ and asks there.
"""

import re
from collections.abc import Iterator

_OPEN, _CLOSE = "〔[［【", "〕]］】"
NUMBER = re.compile(
    rf"[\u4e00-\u9fff]{{1,20}}\s*[{re.escape(_OPEN)}]\s*\d{{4}}\s*[{re.escape(_CLOSE)}]\s*\d{{1,5}}\s*号"
)
# Words of a sentence that lead on to a number and belong to none: 「参照教职成〔2019〕13号」.
_LEADS = re.compile(r".*(?:号[和与及或]?|参照|依据|按照|根据|参见|依照|执行|[按据见与及的由])")
# Between two numbers: 「沪工总研〔2020〕94号和沪工总发〔2024〕7号」.
_AND = "和与及或"
_SAME = str.maketrans(
    dict.fromkeys(_OPEN, "〔")
    | dict.fromkeys(_CLOSE, "〕")
    | dict(zip("０１２３４５６７８９", "0123456789", strict=True))
)


def plain(number: str) -> str:
    """A number in the one form by which it is found."""
    return re.sub(r"\s", "", number).translate(_SAME)


def cited(text: str) -> Iterator[tuple[int, int, str]]:
    """The numbers in a text: where each begins and ends, and its plain form."""
    for match in NUMBER.finditer(text):
        office = re.split(rf"[{re.escape(_OPEN)}]", match.group(), maxsplit=1)[0].rstrip()
        leads = _LEADS.match(office)
        skipped = leads.end() if leads else 0
        if text[: match.start()].endswith("号") and office[0] in _AND:
            skipped = max(skipped, 1)
        start = match.start() + (skipped if skipped < len(office) else 0)
        yield start, match.end(), plain(text[start : match.end()])
