"""Lists for tests of deposits: rows as an office writes them, as .xlsx and as .csv."""

import csv
import io
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from creditbank.deposits.models import DepositBatch
from creditbank.deposits.services import accept, upload
from lms.accounts.models import Identity, User
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests.factories.creditbank import college, entitled, member, skill_number

HEADING = (
    "成果类型",
    "姓名",
    "证件类型",
    "证件号码",
    "手机号",
    "证书名称",
    "职业编码",
    "等级",
    "证书编号",
    "发证日期",
)
_phones = count(13_800_000_001)


def row(name="李明", paper="", phone="", *, number=None, kind="职业技能等级证书", **changes):
    values = {
        "成果类型": kind,
        "姓名": name,
        "证件类型": "护照" if paper else "",
        "证件号码": paper,
        "手机号": phone,
        "证书名称": "电工 三级/高级工",
        "职业编码": "6-31-01-03",
        "等级": "三级/高级工",
        "证书编号": number or skill_number(3),
        "发证日期": "2024-06-01",
    }
    return list((values | changes).values())


def xlsx(*rows, heading=HEADING, name="名单.xlsx"):
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    for line in (heading, *rows):
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile(name, out.getvalue())


def csv_file(*rows, encoding="utf-8-sig", heading=HEADING):
    out = io.StringIO()
    csv.writer(out).writerows([heading, *rows])
    return SimpleUploadedFile("名单.csv", out.getvalue().encode(encoding))


def issuer():
    """An assessing body that may deposit everything, and that the catalogue names for 电工."""
    body = college("assess", "申江职业技能评价中心")
    entitled(body)
    return body


def assessor():
    return member("assessor", issuer(), "周静")


def seen(user: User) -> tuple[str, str]:
    """The person's paper has been seen by staff: their name and its number."""
    identity = Identity.objects.get(user=user)
    from lms.accounts.identity.services import number_hash

    identity.number_hash = number_hash("passport", identity.number)
    identity.status = Identity.Status.VERIFIED
    identity.save()
    return identity.legal_name, identity.number


def reached(user: User) -> str:
    """The person has proved a telephone; its number."""
    user.phone, user.phone_verified = f"+86{next(_phones)}", True
    user.save()
    return str(user.phone)


def run(batch: DepositBatch) -> DepositBatch:
    """What a worker does with the batch's job."""
    job = Job.objects.get(uuid=batch.job)
    jobs.run(job.id)
    batch.refresh_from_db()
    return batch


def planned(file, who=None) -> DepositBatch:
    who = who or assessor()
    return run(upload(who, issuer(), file))


def deposited(*rows, who=None) -> DepositBatch:
    """A list handed in, accepted and written."""
    who = who or assessor()
    batch = planned(xlsx(*rows), who)
    assert batch.state == "ready", list(batch.faults.values_list("row", "column", "sentence"))
    return run(accept(who, batch))


def faults(batch):
    return [(fault.row, fault.column, fault.sentence) for fault in batch.faults.order_by("row", "id")]
