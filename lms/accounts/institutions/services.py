"""An organisation asks to be registered; officers of the authority decide.

Owns: every write to InstitutionRequest. A code whose check fails never blocks: the applicant says which licence carries
it, and the officer who approves says that they saw that paper. Nobody decides their own request.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.identity.models import Identity
from lms.accounts.institutions.models import KINDS, InstitutionFile, InstitutionRequest
from lms.accounts.institutions.queries import TARGET
from lms.accounts.organisations import rules
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import actor, require_role
from lms.accounts.organisations.services import grant_role, register_organisation
from lms.accounts.people.models import User
from lms.lib import evidence
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from lms.lib.outbox.services import emit

State = InstitutionRequest.State
SYSTEM = Actor.system("institutions")
WRONG = "institution_evidence"
# A group of companies enters a few at a time; a stranger's hundred would bury the queue.
MOST_OPEN = 5
LEAST_REASON = 4


@dataclass(frozen=True)
class Said:
    """What the applicant says. uscc as it was typed; uscc_note: the licence that carries a code that does not check."""

    kind: str
    name: str
    uscc: str
    uscc_note: str = ""
    about: str = ""


def submit(user: User, said: Said, files: Sequence[UploadedFile] = ()) -> InstitutionRequest:
    """Ask for an organisation to be registered; the applicant becomes its first administrator when it is.

    Raises NotAllowed (no real name), Invalid (field → sentence), Conflict (the code is registered or waits), TooMany.
    """
    if not Identity.objects.filter(user=user).exists():
        raise NotAllowed(_("登记机构的人要先实名：请先在“我的”里填写实名信息。"), code="real_name_missing")
    values = _checked(said)
    _not_there(values["uscc"])
    kept = evidence.checked(files, code=WRONG)
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            waiting = InstitutionRequest.objects.filter(
                applicant=user, state__in=[State.SUBMITTED, State.SUPPLEMENT]
            )
            if waiting.count() >= MOST_OPEN:
                raise TooMany(
                    _("你已有 %(most)s 份登记申请没有结果，请等审核以后再提交。") % {"most": MOST_OPEN},
                    code="too_many_requests",
                )
            made = InstitutionRequest.objects.create(applicant=user, submitted_at=now(), **values)
            _add_files(made, kept)
            _note(actor(user), made, "submit")
    except IntegrityError as error:
        raise _waits() from error
    return made


def supplement(
    user: User, request: InstitutionRequest, said: Said, files: Sequence[UploadedFile] = ()
) -> InstitutionRequest:
    """Answer what was asked for: everything may be corrected, further files come to the ones there.

    Raises NotFound, Conflict (nothing is asked for; the code waits elsewhere), Invalid.
    """
    values = _checked(said)
    _not_there(values["uscc"])
    try:
        with transaction.atomic():
            row = _locked(request)
            if row.applicant_id != user.pk:
                raise NotFound
            if row.state != State.SUPPLEMENT:
                raise _gone()
            kept = evidence.checked(files, code=WRONG, there=row.files.count())
            for field, value in values.items():
                setattr(row, field, value)
            row.state, row.submitted_at = State.SUBMITTED, now()
            row.save(update_fields=[*values, "state", "submitted_at"])
            _add_files(row, kept)
            _note(actor(user), row, "supplement")
    except IntegrityError as error:
        raise _waits() from error
    return row


@transaction.atomic
def withdraw(user: User, request: InstitutionRequest) -> InstitutionRequest:
    """Raises NotFound, Conflict (decided already)."""
    row = _locked(request)
    if row.applicant_id != user.pk:
        raise NotFound
    if row.state not in (State.SUBMITTED, State.SUPPLEMENT):
        raise _gone()
    row.state = State.WITHDRAWN
    row.save(update_fields=["state"])
    _note(actor(user), row, "withdraw")
    return row


@transaction.atomic
def ask(officer: User, request: InstitutionRequest, reason: str) -> InstitutionRequest:
    """Ask for what is missing. Raises NotAllowed, Invalid (no words), Conflict (not waiting)."""
    return _judge(officer, request, State.SUPPLEMENT, "ask", reason)


@transaction.atomic
def refuse(officer: User, request: InstitutionRequest, reason: str) -> InstitutionRequest:
    """Raises NotAllowed, Invalid (no reason), Conflict (not waiting)."""
    return _judge(officer, request, State.REFUSED, "refuse", reason)


@transaction.atomic
def approve(
    officer: User, request: InstitutionRequest, reason: str, *, code: str = "", proof: str = ""
) -> InstitutionRequest:
    """Register the organisation and make its applicant its administrator, in one transaction.

    code: its short name here, by default its USCC. proof: which licence was seen, needed where the USCC does not check.
    Raises NotAllowed, Invalid, Conflict (not waiting; code taken; registered meanwhile).
    """
    row = _waiting(officer, request)
    if not row.uscc_checked and len(" ".join(proof.split())) < LEAST_REASON:
        raise Invalid(
            _("代码校验不上：请看过证照原件，写明看过的证照和存档位置，再登记。"),
            code="proof_missing",
            details={"field": "proof"},
        )
    _not_there(row.uscc)
    row.organisation = register_organisation(
        officer,
        code=code.strip() or row.uscc.lower(),
        name=row.name,
        kind=row.kind,
        uscc=row.uscc,
        uscc_proof=proof,
    )
    made = _judge(officer, row, State.APPROVED, "approve", reason)
    # Nobody may give roles in it yet: the applicant asked for this one, and the officer has agreed.
    grant_role(row.applicant, row.organisation, Role.ADMIN, SYSTEM)
    return made


def _waiting(officer: User, request: InstitutionRequest) -> InstitutionRequest:
    require_role(officer, Role.OFFICER)
    row = _locked(request)
    if row.applicant_id == officer.pk:
        raise NotAllowed(_("不能审核自己提交的登记，请交给其他工作人员。"), code="own_case")
    if row.state != State.SUBMITTED:
        raise _gone()
    return row


def _judge(
    officer: User, request: InstitutionRequest, state: State, verb: str, reason: str
) -> InstitutionRequest:
    text = " ".join(reason.split())
    if len(text) < LEAST_REASON:
        raise Invalid(
            _("请写明审核意见（至少 4 个字），申请人会看到。"),
            code="reason_missing",
            details={"field": "reason"},
        )
    row = _waiting(officer, request)
    row.organisation = request.organisation
    row.state, row.decided_by, row.decided_at, row.reason = state, officer, now(), text[:1000]
    row.save(update_fields=["state", "decided_by", "decided_at", "reason", "organisation"])
    _note(require_role(officer, Role.OFFICER), row, verb, text)
    if state != State.SUPPLEMENT:
        payload = {"request": str(row.uuid), "person": str(row.applicant.uuid), "state": str(state)}
        emit("institution.decided", payload, key=f"institution.decided:{row.uuid}")
    return row


def _locked(request: InstitutionRequest) -> InstitutionRequest:
    rows = InstitutionRequest.objects.select_for_update(of=("self",)).select_related("applicant")
    return rows.get(pk=request.pk)


def _checked(said: Said) -> dict[str, str | bool]:
    name, uscc = " ".join(said.name.split()), rules.normalise_uscc(said.uscc)
    note = " ".join(said.uscc_note.split())
    fields: dict[str, str] = {}
    if said.kind not in dict(KINDS):
        fields["kind"] = _("请选择机构类别。")
    if not 2 <= len(name) <= 120:
        fields["name"] = _("请填写机构全称（2–120 个字），和证照上一样。")
    fault = rules.uscc_fault(uscc)
    if fault == "length" or not uscc.isascii() or not uscc.isalnum():
        fields["uscc"] = _("统一社会信用代码是 18 位数字和大写字母，请再数一遍。")
    elif fault and len(note) < LEAST_REASON:
        fields["uscc_note"] = _(
            "代码的校验位对不上，请对照证照再看一遍。确实没有写错的，请在这里写明是哪张证照；审核人员会看原件。"
        )
    if len(note) > 200 or len(said.about) > 1000:
        fields["about"] = _("说明太长了：代码说明最多 200 字，其他说明最多 1000 字。")
    if fields:
        raise Invalid(next(iter(fields.values())), code="institution_invalid", details={"fields": fields})
    return {
        "kind": said.kind,
        "name": name,
        "uscc": uscc,
        "uscc_checked": fault is None,
        "uscc_note": note,
        "about": said.about.strip(),
    }


def _not_there(uscc: str | bool) -> None:
    there = Organisation.objects.filter(uscc=uscc).order_by("id").first()
    if there is not None:
        raise Conflict(
            _("这个代码的机构已经登记：%(name)s。请联系它的管理员邀请你任职。") % {"name": there.name},
            code="already_registered",
            details={"field": "uscc"},
        )


def _waits() -> Conflict:
    return Conflict(
        _("这个代码已有一份登记申请在等待审核。"), code="already_waiting", details={"field": "uscc"}
    )


def _gone() -> Conflict:
    return Conflict(_("这份登记申请的状态已经变了，请刷新查看。"), code="already_decided")


def _add_files(request: InstitutionRequest, kept: Sequence[evidence.Checked]) -> None:
    for item in kept:
        InstitutionFile.objects.create(request=request, **evidence.values(item))


def _note(who: Actor, request: InstitutionRequest, verb: str, reason: str = "") -> None:
    data = {"kind": request.kind, "uscc_checked": request.uscc_checked, "state": str(request.state)}
    record(
        who,
        action=f"institution.{verb}",
        target_type=TARGET,
        target=request.uuid,
        reason=reason,
        data=data,
    )
