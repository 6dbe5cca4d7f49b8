"""/api/v1/learning/cmi5: launching by programs. Learners' own launches, and trials that an outside driver runs. Thin.

A driver signs in as a machine of an organisation (scope packages.run): it hands in a package, registers learners it names
itself, and asks for launch addresses. Its registrations are trials: nothing in them counts for anybody.
"""

import io
import zipfile
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, File, Query, Router, Schema, Status
from ninja.files import UploadedFile

from courses.activities.api import install_package, package
from lms.accounts.api import Machine, MachineToken, User, machine_actor
from lms.learning.assessment.queries import lesson_in
from lms.learning.cmi5 import queries, services
from lms.learning.cmi5.models import Cmi5Registration
from lms.learning.enrolment.queries import own
from lms.lib.errors import Invalid
from lms.lib.pages import paginate

router = Router()
machines = Router(auth=MachineToken("packages.run"))
router.add_router("", machines)
_MOST_XML = 32 * 1024**2
_DAY = (2000, 1, 1, 0, 0, 0)


class LaunchIn(Schema):
    """au: its key. mode: Normal, Browse or Review; "" for what fits. return_url: where the AU leads afterwards, "" for a page of ours."""

    au: str = Field(max_length=16)
    mode: str = Field("", max_length=10)
    return_url: str = Field("", max_length=1000, pattern="^(https?://.+)?$")


class BlockLaunchIn(Schema):
    mode: str = Field("", max_length=10)


class RegisterIn(Schema):
    learner: str = Field(max_length=100)


class WaiveIn(Schema):
    """reason: Tested Out, Equivalent AU, Equivalent Outside Activity or Administrative (cmi5 9.5.5.2)."""

    au: str = Field(max_length=16)
    reason: str = Field(max_length=40)


class LaunchOut(Schema):
    url: str
    session: UUID
    launch_method: str


class AuOut(Schema):
    key: str
    title: str
    publisher_id: str
    move_on: str
    launch_method: str
    satisfied: bool
    completed: bool
    passed: bool
    failed: bool
    waived: bool
    score: int | None
    progress: int | None
    sessions: int


class RegistrationOut(Schema):
    """satisfied: the keys of the blocks that are, "course" for the whole."""

    uuid: UUID
    package: UUID
    learner: str
    aus: list[AuOut]
    satisfied: list[str]


class PackageOut(Schema):
    uuid: UUID
    title: str
    aus: list[dict[str, str]]


class Cmi5SessionOut(Schema):
    uuid: UUID
    au: str
    mode: str
    launched_at: Any
    initialized_at: Any
    terminated_at: Any
    ended_at: Any
    end: str


class SessionsOut(Schema):
    items: list[Cmi5SessionOut]
    total: int
    pages: int


def _launched(found: services.Launched) -> dict[str, Any]:
    return {"url": found.url, "session": found.session.uuid, "launch_method": found.launch_method}


def _machine(request: HttpRequest) -> Machine:
    machine = request.auth  # type: ignore[attr-defined]  # the router lets nobody else through
    assert isinstance(machine, Machine)
    return machine


def _registration(row: Cmi5Registration) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "package": row.package.uuid,
        "learner": row.learner,
        "aus": [
            {
                "key": au.key,
                "title": au.title,
                "publisher_id": au.publisher_id,
                "move_on": au.move_on,
                "launch_method": au.launch_method,
                "satisfied": au.satisfied,
                "completed": au.completed_at is not None,
                "passed": au.passed_at is not None,
                "failed": au.failed_at is not None,
                "waived": au.waived_at is not None,
                "score": au.score,
                "progress": au.progress,
                "sessions": au.sessions,
            }
            for au in queries.unit_states(row)
        ],
        "satisfied": sorted(queries.satisfied_in(row)),
    }


# --- learners -----------------------------------------------------------------------------------------------


@router.post("/enrolments/{enrolment}/lessons/{lesson}/{block}/launch", response=LaunchOut)
def launch_block(
    request: HttpRequest, enrolment: UUID, lesson: UUID, block: str, data: BlockLaunchIn
) -> dict[str, Any]:
    """Launch the AU of a lesson's block, for oneself. The session before it in the course is abandoned."""
    user = request.user
    assert isinstance(user, User)
    item = own(user, enrolment)
    return _launched(services.launch_block(user, item, lesson_in(item, lesson), block, mode=data.mode))


# --- drivers ------------------------------------------------------------------------------------------------


@machines.post("/packages", response={201: PackageOut})
def import_package(request: HttpRequest, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Hand in a cmi5 package: a zip, or a cmi5.xml alone. The same files again are the same package."""
    machine = _machine(request)
    found = install_package(_as_zip(file), actor=machine_actor(machine), organisation=machine.organisation)
    course = services.course_by(found.uuid)
    aus = [{"key": au.key, "publisher_id": au.publisher_id} for au in course.aus]
    return Status(201, {"uuid": found.uuid, "title": found.title, "aus": aus})


def _as_zip(file: UploadedFile) -> io.BytesIO | Any:
    """The file, or a zip around it where it is a course structure alone (14.2)."""
    head = file.read(4)
    file.seek(0)
    if head.startswith(b"PK"):
        return file.file
    if (file.size or 0) > _MOST_XML:
        raise Invalid(_("cmi5.xml 太大。"), code="too_large", status=413)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(zipfile.ZipInfo("cmi5.xml", _DAY), file.read())
    out.seek(0)
    return out


@machines.post("/packages/{uuid}/registrations", response={201: RegistrationOut})
def register(request: HttpRequest, uuid: UUID, data: RegisterIn) -> Status[dict[str, Any]]:
    """Register a learner of the driver's own naming; the same name again is the same registration."""
    return Status(201, _registration(services.register_trial(_machine(request), package(uuid), data.learner)))


@machines.get("/registrations/{uuid}", response=RegistrationOut)
def registration(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """What the AUs have come to, and which blocks are satisfied."""
    return _registration(queries.trial_of(_machine(request), uuid))


@machines.post("/registrations/{uuid}/launch", response=LaunchOut)
def launch(request: HttpRequest, uuid: UUID, data: LaunchIn) -> dict[str, Any]:
    """A launch address, good for one use within the time the rule gives. The session before it is abandoned."""
    machine = _machine(request)
    row = queries.trial_of(machine, uuid)
    found = services.launch(row, data.au, machine_actor(machine), mode=data.mode, return_url=data.return_url)
    return _launched(found)


@machines.post("/registrations/{uuid}/waive", response=RegistrationOut)
def waive(request: HttpRequest, uuid: UUID, data: WaiveIn) -> dict[str, Any]:
    """Take an AU as done by other means; 409 where it was waived already."""
    machine = _machine(request)
    row = queries.trial_of(machine, uuid)
    services.waive(machine, row, data.au, reason=data.reason)
    return _registration(row)


@machines.get("/registrations/{uuid}/sessions", response=SessionsOut)
def sessions(request: HttpRequest, uuid: UUID, page: Query[int] = 1) -> dict[str, Any]:
    """Launches, newest first, fifty a page."""
    row = queries.trial_of(_machine(request), uuid)
    found = paginate(request, queries.sessions_of(row), 50)
    items = [
        {
            "uuid": item.uuid,
            "au": item.unit.key,
            "mode": item.mode,
            "launched_at": item.launched_at,
            "initialized_at": item.initialized_at,
            "terminated_at": item.terminated_at,
            "ended_at": item.ended_at,
            "end": item.end,
        }
        for item in found
    ]
    return {"items": items, "total": found.paginator.count, "pages": found.paginator.num_pages}
