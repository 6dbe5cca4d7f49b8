"""The application of a case as a paper: who handed it in for which body, what it said and which files came with it, as it was then; anew
each time it is.

Owns: when there is one, and what stands on it. Refuses: drafts, what never goes to an authority (a sealed bid, which has a receipt
of its own), and files that the authority has put in, which are not the body's to read.
"""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from lms.accounts.api import masked_name
from lms.training.lifecycle import reading, words
from lms.training.lifecycle.conduct import Done, conduct_of, register_everywhere
from lms.training.lifecycle.declaration import Side
from lms.training.papers import services
from lms.training.papers.templates import APPLICATION

AGAIN = gettext_noop("补正以后重新提交，以新的一份为准。")


def after(done: Done) -> None:
    """The applicant has handed it in, for the first time or with what was missing."""
    case, row = done.case, done.transition
    source, to = case.declared.state(done.act.source), case.stands
    if row.side != Side.APPLICANT or not source.editable or to.editable or to.final or case.number is None:
        return
    services.withdraw(case, APPLICATION, reason=AGAIN, by=done.who)
    with override(settings.LANGUAGE_CODE):
        lines = [
            (_("提交单位"), case.body.name),
            *_by(done),
            (_("提交日期"), done.day.isoformat()),
            *conduct_of(case).lines(case, reading.kinds_of(case)),
        ]
        own = [kind.code for kind in case.declared.evidence if kind.side == Side.APPLICANT]
        files = [
            _("%(kind)s：%(name)s，%(size)s 字节，SHA-256 %(hash)s")
            % {"kind": _kind(done, file.kind), "name": file.name, "size": file.size, "hash": file.sha256}
            for file in case.evidence.filter(kind__in=own).order_by("pk")
        ]
        values = {"lines": lines, "items": files or [_("没有附材料。")]}
        services.issue(case, APPLICATION, values, at=done.at, by=done.who, from_body=True)


def _by(done: Done) -> list[tuple[str, str]]:
    """Who handed it in: the name masked, since the paper stays when the person's data goes."""
    person = done.act.person
    if person is None:
        return []
    said = {"name": masked_name(person), "role": words.roles_in_words([done.act.role])}
    return [(_("提交人"), _("%(name)s（%(role)s）") % said)]


def _kind(done: Done, code: str) -> str:
    found = done.case.declared.kind(code)
    return str(found.label) if found else code


def register() -> None:
    """Called when the application is ready."""
    register_everywhere(after)
