"""How the board says that what a posting announced is no more: in feeds, in search, wherever a posting stands in one line."""

from django.utils.translation import gettext as _

from lms.training.board.models import Kind, Posting, Withdrawal


def gone_of(item: Posting) -> Withdrawal | None:
    """How it was taken back or called off, where it was."""
    found: Withdrawal | None = getattr(item, "withdrawal", None)
    return found


def over(item: Posting) -> str:
    """Since which day it is called off, and why; "" where it is not. What was named was rightly named: that has ended."""
    gone = gone_of(item)
    if gone is None:
        return ""
    said = {"day": gone.day.isoformat(), "reason": gone.reason}
    if item.kind == Kind.NAMED:
        return _("已于 %(day)s 终止：%(reason)s") % said
    return _("已于 %(day)s 撤回：%(reason)s") % said


def over_title(item: Posting) -> str:
    """The title, with a mark where the matter is called off."""
    if gone_of(item) is None:
        return item.title
    mark = _("【已终止】%(title)s") if item.kind == Kind.NAMED else _("【已撤回】%(title)s")
    return mark % {"title": item.title}
