"""The numbers of vouchers, as people type them: when two are the same one."""

import re
import unicodedata

_SIGNS = re.compile(r"(?P<before>\d)?[\W_]+(?=(?P<after>\d)?)")


def plain(number: str) -> str:
    """The number in the one form by which it is compared: without spaces, full width as half width, capitals as small ones, signs left
    out but between digits. 「ＦＰ－0012 345」 is fp0012345; 决〔1〕11号 and 决〔11〕1号 stay two. What is made of signs alone stays."""
    folded = "".join(unicodedata.normalize("NFKC", number).casefold().split())
    return _SIGNS.sub(_joined, folded) or folded


def _joined(signs: re.Match[str]) -> str:
    before = signs["before"] or ""
    return f"{before}-" if before and signs["after"] else before
