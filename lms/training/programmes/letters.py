"""What people who applied to a programme are told: that they were admitted or not and why, and that it was cancelled.

Owns: the words. Refuses: telling anybody of others.
"""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.training.letters import Words, register_words, tell
from lms.training.programmes.models import Programme, ProgrammeApplication

DECIDED, CANCELLED = "programme_decided", "programme_cancelled"
State = ProgrammeApplication.State


def decided(row: ProgrammeApplication) -> None:
    """Of each decision once: who gave up and applied anew hears again."""
    assert row.decided_at is not None
    ref = f"{row.uuid}:{row.decided_at.isoformat()}"
    tell(DECIDED, ref, [row.person.uuid], application=str(row.uuid))


def cancelled(programme: Programme) -> None:
    """Everybody who waits or has a seat."""
    rows = programme.applications.filter(state__in=(State.WAITING, State.ADMITTED))
    people = list(rows.values_list("person__uuid", flat=True))
    tell(CANCELLED, str(programme.uuid), people, programme=str(programme.uuid))


def _decided(_person: User, data: dict[str, Any]) -> Words | None:
    rows = ProgrammeApplication.objects.select_related("programme__host", "programme__run")
    row = rows.filter(uuid=data["application"]).first()
    if row is None or row.state not in (State.ADMITTED, State.REFUSED):
        return None
    programme = row.programme
    about = {"title": programme.title, "host": programme.host.name, "reason": row.reason}
    page = reverse("programmes:programme", args=[programme.uuid])
    if row.state == State.REFUSED:
        text = _("%(host)s没有录取你参加“%(title)s”。原因：%(reason)s")
        return _("没有录取：%(title)s") % about, text % about, page
    text = _("%(host)s录取你参加“%(title)s”。") % about
    if programme.run is not None:
        days = {"first": programme.run.starts_on.isoformat(), "last": programme.run.ends_on.isoformat()}
        text += _("办班时间 %(first)s 到 %(last)s；不能来的，请在开班以前放弃名额。") % days
    return _("已录取：%(title)s") % about, text, page


def _cancelled(_person: User, data: dict[str, Any]) -> Words | None:
    row = Programme.objects.select_related("case").get(uuid=data["programme"])
    act = row.case.acts.filter(name="cancel").order_by("-number").first()
    if act is None:
        return None
    about = {"title": row.title, "reason": act.reason}
    text = _("你报名的“%(title)s”已取消。原因：%(reason)s") % about
    return _("已取消：%(title)s") % about, text, reverse("programmes:programme", args=[row.uuid])


def register() -> None:
    """Called when the application is ready."""
    register_words(DECIDED, _decided)
    register_words(CANCELLED, _cancelled)
