"""A list of a hundred thousand rows as Excel saves it: the check that makes its plan, and the writing of it.

Every second row means somebody who has an account with a telephone and a real name; the others wait. Beside it the bare
reading of the same file, which no plan can beat.
"""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

HEADING = ("成果类型", "姓名", "手机号", "名称", "职业编码", "等级", "编号", "日期")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CODE, BODY = "6-31-01-03", "申江技能评价中心"
FULL, SHORT = 100_000, 10_000
Say = Callable[..., None]


def phone(number: int) -> str:
    return f"139{number:08d}"


def called(number: int) -> str:
    return "学员" + "".join("零一二三四五六七八九"[int(digit)] for digit in str(number))


def rows(count: int) -> Iterator[tuple[str, ...]]:
    for number in range(count):
        yield (
            *("职业技能等级证书", called(number), phone(number), "电工", CODE, "三级/高级工"),
            *(f"S000131000123243{number:06d}", "2024-06-01"),
        )


def workbook(count: int) -> bytes:
    """As Excel writes it: every text once, in a table of its own, and cells that name its place."""
    from lms.lib import sheets

    places: dict[str, int] = {}
    out = io.BytesIO()
    listed = (
        '<Override PartName="/xl/sharedStrings.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    with (
        zipfile.ZipFile(io.BytesIO(sheets.write([sheets.Sheet("名单", [("",)])]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name == "[Content_Types].xml":
                new.writestr(name, old.read(name).decode().replace("</Types>", listed))
            elif not name.endswith("sheet1.xml"):
                new.writestr(name, old.read(name))
        with new.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for number, row in enumerate((HEADING, *rows(count)), start=1):
                cells = "".join(
                    f'<c r="{"ABCDEFGH"[at]}{number}" t="s"><v>{places.setdefault(text, len(places))}</v></c>'
                    for at, text in enumerate(row)
                )
                part.write(f'<row r="{number}">{cells}</row>'.encode())
            part.write(b"</sheetData></worksheet>")
        texts = "".join(f"<si><t>{text}</t></si>" for text in places)
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{texts}</sst>')
    return out.getvalue()


class Peak:
    """Time, and the process's largest memory between two moments, in MiB beyond what it had."""

    def __enter__(self) -> "Peak":
        Path("/proc/self/clear_refs").write_text("5")
        self.before, self.began, self.cpu = self._now("VmRSS"), monotonic(), process_time()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds, self.cpu = round(monotonic() - self.began, 1), round(process_time() - self.cpu, 1)
        self.mib = (self._now("VmHWM") - self.before) // 1024

    def figures(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "cpu_seconds": self.cpu, "memory_growth_mib": self.mib}

    def _now(self, name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1])


def known(count: int) -> None:
    """Every second person of the list has an account."""
    from lms.accounts.models import Identity, User
    from lms.lib.clock import now
    from lms.lib.crypto import lookup_hash

    moment = now()
    people = User.objects.bulk_create(
        (
            User(
                email=f"list{number}@example.com",
                password="!",
                phone=f"+86{phone(number)}",
                phone_verified=True,
            )
            for number in range(0, count, 2)
        ),
        batch_size=2000,
    )
    Identity.objects.bulk_create(
        (
            Identity(
                user=user,
                kind="passport",
                legal_name=called(2 * place),
                number=f"E{place:08d}",
                number_hash=lookup_hash(f"bench:{place}", "identity"),
                status="checked",
                checked_at=moment,
            )
            for place, user in enumerate(people)
        ),
        batch_size=2000,
    )


def entitled() -> Any:
    """Somebody who hands lists in for a body that may deposit them."""
    from creditbank.outcomes.catalogue import Entry, save_entry
    from creditbank.outcomes.models import OutcomeKind
    from creditbank.outcomes.rights import set_right
    from lms.accounts.models import Membership, Organisation, User
    from lms.lib.actor import Actor

    since, who = date(2020, 1, 1), Actor.system("bench")
    body = Organisation.objects.create(code="bench-body", name=BODY, kind="assessor")
    user = User.objects.create(email="bench-assessor@example.com", password="!")
    Membership.objects.create(user=user, organisation=body, role="assessor", since=since)
    set_right(who, kind=OutcomeKind.SKILL, allowed=True, valid_from=since, source="bench", organisation=body)
    save_entry(who, Entry(OutcomeKind.SKILL, "电工", CODE, (5, 4, 3), [BODY], (), since, "bench"))
    return user, body


def work(job: int) -> dict[str, Any]:
    """One job in a process of its own, as a worker is one: its memory is nobody else's."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.deposits", str(job)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(count: int, say: Say) -> None:
    from creditbank.deposits import reading
    from creditbank.deposits.services import accept, upload
    from lms.lib.jobs.models import Job

    user, body = entitled()
    known(count)
    content = workbook(count)
    with Peak() as bare:
        sum(1 for _row in reading.rows_of(io.BytesIO(content)))
    with Peak() as counter:
        batch = upload(user, body, SimpleUploadedFile("list.xlsx", content))
    figures = work(Job.objects.get(uuid=batch.job).pk)
    batch.refresh_from_db()
    if batch.state != "ready":
        job = Job.objects.get(uuid=batch.job)
        raise SystemExit(
            [batch.state, job.message, job.error, *batch.faults.values_list("row", "column", "sentence")[:3]]
        )
    say(
        f"a list of {count} rows: its plan",
        file_mib=round(len(content) / 2**20, 1),
        upload_seconds=counter.seconds,
        limit_reading_seconds=bare.seconds,
        **figures,
    )
    figures = work(Job.objects.get(uuid=accept(user, batch).job).pk)
    batch.refresh_from_db()
    say(
        f"a list of {count} rows: written",
        state=batch.state,
        given=batch.rows.filter(state="given").count(),
        waiting=batch.rows.filter(state="waiting").count(),
        **figures,
    )


def main() -> None:
    import django

    django.setup()
    from lms.lib.jobs import services as jobs

    with Peak() as peak:
        jobs.run(int(sys.argv[1]))
    print(json.dumps(peak.figures()))


if __name__ == "__main__":
    main()
