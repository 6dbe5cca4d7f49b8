"""名录 and 清单 (372号 四(三); 青人社〔2023〕17 号 四): what an authority has named, chosen or planned, made public as a list of a day.

Owns: the registry of directories and their publication on the notice board, where each is a numbered paper with a verify code and replaces
the one before. Refuses: a directory with nothing in it, and one that says what the standing one says already.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from courses.api import CoursePage
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid
from lms.training.access import acting
from lms.training.bases.models import Base
from lms.training.board import api as board
from lms.training.bundles.models import BundleCourse
from lms.training.bundles.queries import published
from lms.training.lifecycle.declaration import Words
from lms.training.programmes.models import FUNDS, LEVELS, STANDINGS, Programme
from lms.training.programmes.services import STANDING_STATES
from lms.training.programmes.words import label


@dataclass(frozen=True)
class Directory:
    """code: in the subject of its postings. url: where the living list stands. lines: what it says today of one authority, an entry
    a line, in an order of its own that does not change by itself."""

    code: str
    title: Words
    url: str
    lines: Callable[[Organisation], Sequence[str]]


_directories: dict[str, Directory] = {}


def register_directory(directory: Directory) -> None:
    _directories[directory.code] = directory


def directories() -> list[Directory]:
    """All of them, in the order in which they were registered."""
    return list(_directories.values())


@transaction.atomic
def publish(by: User | Actor, authority: Organisation, code: str) -> list[board.Posting]:
    """Today's list on the board, in as many parts as it takes; it replaces the one before. By an officer of the authority, or the
    platform. Raises NotAllowed, Invalid (no such directory), Conflict (nothing in it; nothing new)."""
    who = acting(by, authority, _("名录和清单由主管部门发布。"))
    found = _directories.get(code)
    if found is None:
        raise Invalid(_("请从列出的名录和清单里选。"), code="no_directory", details={"field": "directory"})
    # One at a time: the second sees what the first has posted.
    Organisation.objects.select_for_update(no_key=True).get(pk=authority.pk)
    with override(settings.LANGUAGE_CODE):
        lines, day = list(found.lines(authority)), today().isoformat()
        title = _("%(authority)s%(title)s（%(day)s）") % {
            "authority": authority.name,
            "title": found.title,
            "day": day,
        }
        reason = _("更新到 %(day)s") % {"day": day}
    if not lines:
        raise Conflict(
            _("“%(title)s”里还没有内容，不能发布。") % {"title": found.title}, code="empty_directory"
        )
    subject = f"directory:{code}:{authority.uuid}"
    standing = board.standing_on(subject, board.Kind.DIRECTORY)
    if standing is not None and standing_lines(subject) == board.as_posted(lines):
        raise Conflict(
            _("与现行的 %(number)s 相同，没有要更新的。") % {"number": standing.number}, code="nothing_new"
        )
    number = board.Posting.objects.filter(subject=subject).count() + 1
    return board.post_list(
        who if who.is_platform else by,
        board.Listed(
            kind=board.Kind.DIRECTORY,
            title=title,
            authority=authority,
            subject=subject,
            lines=lines,
            url=found.url,
            key=f"{subject}:{number}",
            reason=reason,
        ),
    )


def standing_lines(subject: str) -> list[str]:
    """What the standing parts of a list say together."""
    found: list[str] = []
    number = 1
    while True:
        tail = "" if number == 1 else f":{number}"
        part = board.standing_on(f"{subject}{tail}", board.Kind.DIRECTORY)
        if part is None:
            return found
        found += part.body.splitlines()
        number += 1


# --- what there is -------------------------------------------------------------------------------------------


def base_lines(authority: Organisation) -> list[str]:
    """Skills training bases that stand, by plaque number."""
    rows = Base.objects.filter(authority=authority, removed_on__isnull=True).select_related("body")
    return [
        _("%(number)s %(name)s · %(day)s 授牌")
        % {"number": row.number, "name": row.body.name, "day": row.named_on.isoformat()}
        for row in rows.order_by("number")
    ]


def bundle_lines(authority: Organisation) -> list[str]:
    """Bundles on offer with what they are for, their courses and their guide, the latest year first."""
    found = []
    # As in search: a title that only some may see stands in no list for everybody.
    shown = BundleCourse.objects.filter(course__in=CoursePage.objects.live().public())
    rows = published().filter(owner=authority)
    rows = rows.prefetch_related(Prefetch("courses", shown.select_related("course")))
    for row in rows.order_by("-year", "title", "pk"):
        titles = _("、").join(one.course.title for one in row.courses.all())
        found.append(
            _("%(year)s 年度 %(title)s：%(purpose)s")
            % {
                "year": row.year,
                "title": row.title,
                "purpose": row.purpose,
            }
        )
        found.append(_("课程：%(titles)s") % {"titles": titles})
        found += [line.strip() for line in row.guide.splitlines() if line.strip()]
    return found


def host_lines(authority: Organisation) -> list[str]:
    """Who hosts programmes of the year's published plans, each with its standing and how many."""
    counts: dict[tuple[str, str], int] = {}
    for row in _planned(authority).order_by("host__name", "pk"):
        key = (row.host.name, label(row.host_standing, STANDINGS))
        counts[key] = counts.get(key, 0) + 1
    return [
        _("%(name)s · %(standing)s · 承办 %(count)s 项")
        % {"name": name, "standing": standing, "count": count}
        for (name, standing), count in counts.items()
    ]


def programme_lines(authority: Organisation) -> list[str]:
    """The programmes of the year's published plans, by number."""
    return [
        _("%(number)s %(title)s · 承办：%(host)s · %(level)s · %(fund)s · %(people)s 人")
        % {
            "number": row.case.number,
            "title": row.title,
            "host": row.host.name,
            "level": label(row.level, LEVELS),
            "fund": label(row.fund, FUNDS),
            "people": row.people,
        }
        for row in _planned(authority).order_by("case__number")
    ]


def _planned(authority: Organisation) -> QuerySet[Programme]:
    return Programme.objects.filter(
        call__authority=authority,
        call__year=today().year,
        plan__isnull=False,
        case__state__in=STANDING_STATES,
    ).select_related("host", "case")


def register() -> None:
    """Called when the application is ready."""
    register_directory(
        Directory("skills-bases", gettext_lazy("技能人才培育实训基地名录"), "/bases/", base_lines)
    )
    register_directory(
        Directory("hosts", gettext_lazy("年度研修项目承办单位名录"), "/programmes/", host_lines)
    )
    register_directory(Directory("bundles", gettext_lazy("课程包和课程指南"), "/bundles/", bundle_lines))
    register_directory(
        Directory("programmes", gettext_lazy("年度研修项目清单"), "/programmes/", programme_lines)
    )
