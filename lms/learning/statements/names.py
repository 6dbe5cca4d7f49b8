"""A verified name that is wrong: asked for with evidence, decided by an officer of the authority, never one's own.

Owns: requests and their evidence; the name itself is changed by the accounts' own service. Refuses: changing any paper
that was handed out. Certificates and statements stay as issued; what is issued afterwards bears the right name, and
reissues.py issues earlier ones again.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.accounts.api import (
    Organisation,
    Role,
    User,
    actor,
    correct_name,
    holds,
    name_fault,
    real_name,
    real_name_status,
    require_role,
)
from lms.learning.looks import NAME, NAME_FILE, note_look
from lms.learning.statements.models import NameFile, NameRequest, RequestState
from lms.lib import evidence
from lms.lib.audit.reasons import Because
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound

TARGET = "learning.NameRequest"
WRONG = "invalid_name_request"
LONGEST = 1000


# --- asking ----------------------------------------------------------------------------------------------


def ask(user: User, *, name: str, why: str, files: Sequence[UploadedFile]) -> NameRequest:
    """Ask for the right name. Raises Invalid (a field), Conflict (not verified: one corrects it oneself; the same name;
    a request is open).
    """
    if real_name_status(user) != "verified":
        raise Conflict(_("你的姓名还没有核实，可以在“实名信息”里自己改。"), code="not_verified")
    fault = name_fault(name)
    if fault:
        raise Invalid(fault, code=WRONG, details={"field": "name"})
    old = real_name(user)
    if name.strip() == old:
        raise Invalid(_("这就是现在登记的姓名。"), code=WRONG, details={"field": "name"})
    said = _text(why, "why", _("请写明哪里不对，依据是什么证件。"))
    if not files:
        raise Invalid(_("请上传能证明姓名的证件或文件。"), code=WRONG, details={"field": "evidence"})
    kept = evidence.checked(files, code=WRONG)
    try:
        with transaction.atomic():
            made = NameRequest.objects.create(
                person=user, old_name=old, new_name=name.strip(), why=said, asked_at=now()
            )
            for item in kept:
                NameFile.objects.create(request=made, **evidence.values(item))
            record(actor(user), action="name_request.ask", target_type=TARGET, target=made.uuid)
    except IntegrityError as error:
        raise Conflict(
            _("已有一份更正申请在审核，请等它有结果，或先撤回它。"), code="already_open"
        ) from error
    return made


def withdraw(user: User, uuid: UUID) -> NameRequest:
    """Take one's own request back before it is decided."""
    found = own(user, uuid)
    with transaction.atomic():
        row = _locked(found.pk)
        row.state, row.decided_at = RequestState.WITHDRAWN, now()
        row.save(update_fields=["state", "decided_at"])
        record(actor(user), action="name_request.withdraw", target_type=TARGET, target=row.uuid)
    return row


def own_all(user: User) -> QuerySet[NameRequest]:
    return NameRequest.objects.filter(person=user).order_by("-asked_at", "-id")


def own(user: User, uuid: UUID) -> NameRequest:
    found = NameRequest.objects.filter(person=user, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


# --- deciding --------------------------------------------------------------------------------------------


def decides(user: Any) -> bool:
    """Whether there is a queue for them."""
    return holds(user, Role.OFFICER)


def queue(user: User, state: str) -> QuerySet[NameRequest]:
    """The requests in a state, oldest first; for officers."""
    require_role(user, Role.OFFICER)
    rows = NameRequest.objects.filter(state=state).exclude(person=user).select_related("person")
    return rows.order_by("asked_at" if state == RequestState.ASKED else "-asked_at", "id")


def for_review(user: User, uuid: UUID) -> NameRequest:
    """A request with both names in the clear, for an officer; the look stands in the person's list. Raises NotFound."""
    if not decides(user):
        raise NotFound
    found = NameRequest.objects.select_related("person", "decided_by", "body").filter(uuid=uuid).first()
    if found is None or found.person_id == user.pk:
        raise NotFound
    _log(user, found, "name_request.view", NAME())
    return found


def evidence_for(user: User, uuid: UUID) -> NameFile:
    """A file of one's own request, or for an officer: then the look is logged. Raises NotFound."""
    found = NameFile.objects.select_related("request__person").filter(uuid=uuid).first()
    if found is None or not (found.request.person_id == user.pk or decides(user)):
        raise NotFound
    if found.request.person_id != user.pk:
        _log(user, found.request, "evidence.view", NAME_FILE(), file=str(found.uuid))
    return found


def _log(user: User, found: NameRequest, action: str, reason: Because, **data: str) -> None:
    note_look(
        require_role(user, Role.OFFICER),
        found.person,
        action=action,
        reason=reason,
        request=str(found.uuid),
        **data,
    )


def decide(user: User, uuid: UUID, *, accept: bool, reason: str) -> NameRequest:
    """Accept (the name is changed and counts as verified) or refuse. Raises NotAllowed (role, one's own), Invalid (no
    reason), Conflict (decided already).
    """
    who = require_role(user, Role.OFFICER)
    said = _text(reason, "reason", _("请写明理由，申请人会看到。"), least=4)
    found = NameRequest.objects.filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    if found.person_id == user.pk:
        raise NotAllowed(_("不能审核自己的申请，请交给其他人员。"), code="own_case")
    with transaction.atomic():
        row = _locked(found.pk)
        if accept:
            correct_name(row.person, row.new_name, who, reason=said)
        row.state = RequestState.ACCEPTED if accept else RequestState.REFUSED
        row.decided_at, row.decided_by, row.reason = now(), user, said
        row.body = Organisation.objects.filter(code=who.body).first() if who.body else None
        row.save(update_fields=["state", "decided_at", "decided_by", "reason", "body"])
        record(who, action=f"name_request.{row.state}", target_type=TARGET, target=row.uuid, reason=said)
    return row


def _locked(pk: int) -> NameRequest:
    row = NameRequest.objects.select_for_update(of=("self",)).select_related("person").get(pk=pk)
    if row.state != RequestState.ASKED:
        raise Conflict(_("这份申请已经有结果，请刷新查看。"), code="moved_on")
    return row


def _text(text: str, name: str, sentence: str, *, least: int = 2) -> str:
    said = text.strip()
    if not least <= len(said) <= LONGEST or "\0" in said:
        raise Invalid(sentence, code=WRONG, details={"field": name})
    return said
