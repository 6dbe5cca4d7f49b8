"""The most pieces that study may come in: far beyond any page, and few enough that a report never takes long to add.

Owns: the bounds and their refusal. Refuses: what only adds to very many pieces; what joins some is always welcome.
"""

from django.utils.translation import gettext as _

from lms.learning.study.models import LessonProgress, StudySession
from lms.lib.errors import Invalid

# Active stretches of one session, and pieces of content met in one lesson. A break every twenty seconds for twelve
# hours stays below the first, and a page begins a new session at half of it; five hours of video, of which every other
# two seconds were seen, below the second.
MOST_STRETCHES = 2000
MOST_PIECES = 5000


def pieces(session: StudySession, progress: LessonProgress) -> tuple[int, int]:
    """(active stretches of the session, pieces of content met in its lesson)."""
    return len(session.active), sum(len(ranges) for ranges in progress.coverage.values())


def refuse(before: tuple[int, int], after: tuple[int, int]) -> None:
    """Raises Invalid where there are too many pieces after a report, and more than before it."""
    # What joins pieces, or adds none, is welcome however many there are.
    if any(
        now_ > most and now_ > was
        for was, now_, most in zip(before, after, (MOST_STRETCHES, MOST_PIECES), strict=True)
    ):
        raise too_fragmented()


def too_fragmented() -> Invalid:
    return Invalid(
        _(
            "学习记录过于零碎（一次打开最多 %(stretches)s 个时段，一课最多 %(pieces)s 段内容），没有写入。"
            "请刷新页面后继续学习。"
        )
        % {"stretches": MOST_STRETCHES, "pieces": MOST_PIECES},
        code="too_fragmented",
    )
