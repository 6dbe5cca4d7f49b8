"""Checking a pack without the platform: signature, hashes, counts, and whether the totals follow from the reports.

Owns: the order of the checks and what each says in words. Plain functions over a file and public keys, no database;
memory holds one person at a time. A pack is foreign until its signature holds, so nothing inside is read before.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from lms.learning.evidence import shape
from lms.learning.evidence.agreeing import Once, Sums, faults_of_person
from lms.learning.evidence.keys import PublicKey
from lms.learning.evidence.recount import Line, course_from, period_of

MAX_MANIFEST = 16 * 1024 * 1024
MAX_LINE = 16 * 1024 * 1024
COPY = 1024 * 1024
# More than this many sentences about wrong lines help nobody.
MOST_FAULTS = 20


@dataclass(frozen=True)
class Finding:
    right: bool
    text: str


@dataclass
class Report:
    findings: list[Finding] = field(default_factory=list)
    faults: int = 0

    @property
    def right(self) -> bool:
        return bool(self.findings) and not self.faults

    def good(self, text: str) -> None:
        self.findings.append(Finding(True, text))

    def bad(self, text: str) -> None:
        self.faults += 1
        if self.faults <= MOST_FAULTS:
            self.findings.append(Finding(False, text))


def check(path: Path, keys: Sequence[PublicKey]) -> Report:
    """Everything that can be said of the file at `path`, whose signature must be by one of `keys`."""
    report = Report()
    try:
        with zipfile.ZipFile(path) as pack:
            _check(pack, keys, report)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError):
        report.bad(_("这不是一个完整的 zip 文件，打不开。"))
    return report


def _check(pack: zipfile.ZipFile, keys: Sequence[PublicKey], report: Report) -> None:
    manifest = _manifest(pack, keys, report)
    if manifest is None or not _files(pack, manifest, report):
        return
    try:
        _contents(pack, manifest, report)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        report.bad(
            _("包里的内容不符合格式，没有检查完：%(error)s。")
            % {"error": f"{type(error).__name__} {error}"[:200]}
        )


# --- who made it, and whether it is whole ----------------------------------------------------------------


def _manifest(pack: zipfile.ZipFile, keys: Sequence[PublicKey], report: Report) -> Line | None:
    """The manifest once its signature holds; None, and why, when it does not."""
    raw, signature = _small(pack, shape.MANIFEST), _small(pack, shape.SIGNATURE)
    if raw is None or signature is None:
        report.bad(_("缺少 %(name)s。") % {"name": shape.MANIFEST if raw is None else shape.SIGNATURE})
        return None
    try:
        manifest = json.loads(raw)
        named = str(manifest["key"]["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        report.bad(_("manifest.json 读不出来。"))
        return None
    key = next((item for item in keys if item.id == named), None)
    if key is None:
        report.bad(_("签名用的密钥 %(key)s 不在平台公布的密钥里，不能确认是谁签的。") % {"key": named[:32]})
        return None
    if not key.verifies(signature, raw):
        report.bad(_("签名不对：manifest.json 签名以后被改过，或者不是平台签的。"))
        return None
    report.good(_("签名正确：由密钥 %(key)s 签发，签名以后没有改过。") % {"key": key.id})
    if manifest.get("version") not in shape.VERSIONS:
        report.bad(_("这个包的格式版本这里还不认识，请用新的核对程序。"))
        return None
    problem = next(Draft202012Validator(shape.schema(manifest["version"])).iter_errors(manifest), None)
    if problem is not None:
        report.bad(_("manifest.json 不符合公布的格式：%(where)s。") % {"where": problem.json_path})
        return None
    return cast(Line, manifest)


def _small(pack: zipfile.ZipFile, name: str) -> bytes | None:
    try:
        with pack.open(name) as file:
            data = file.read(MAX_MANIFEST + 1)
    except (KeyError, zipfile.BadZipFile, EOFError, ValueError):
        return None
    return data if len(data) <= MAX_MANIFEST else None


def _files(pack: zipfile.ZipFile, manifest: Line, report: Report) -> bool:
    """Whether every file is there, once, and is what the manifest says it is."""
    listed = {item["name"]: item for item in manifest["files"]}
    names = [info.filename for info in pack.infolist()]
    before = report.faults
    for name in sorted(set(shape.files_of(manifest["version"])) - set(listed)):
        report.bad(_("manifest.json 没有列出 %(name)s。") % {"name": name})
    for name in sorted(set(names) - set(listed) - {shape.MANIFEST, shape.SIGNATURE}):
        report.bad(_("多出一个没有列出的文件：%(name)s。") % {"name": name[:80]})
    for name in sorted({name for name in names if names.count(name) > 1}):
        report.bad(_("文件 %(name)s 出现了不止一次。") % {"name": name[:80]})
    for name, item in listed.items():
        if name not in names:
            report.bad(_("缺少文件 %(name)s。") % {"name": name})
        elif _hash(pack, name, item["size"]) != item["sha256"]:
            report.bad(_("文件 %(name)s 和签名时不一样：内容被改过或损坏了。") % {"name": name})
    if report.faults == before:
        report.good(_("%(n)s 个文件都在，和签名时一字不差。") % {"n": len(listed)})
    return report.faults == before


def _hash(pack: zipfile.ZipFile, name: str, size: int) -> str:
    """The SHA-256 of a file of `size` bytes; "" for any other size, and when it cannot be read."""
    digest, length = hashlib.sha256(), 0
    try:
        with pack.open(name) as file:
            while data := file.read(COPY):
                digest.update(data)
                length += len(data)
                if length > size:
                    return ""
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError, RuntimeError):
        return ""
    except Exception as error:  # zlib.error and its like, of whatever compression the entry claims
        if type(error).__module__ not in ("zlib", "lzma", "_lzma", "bz2"):
            raise
        return ""
    return digest.hexdigest() if length == size else ""


# --- whether it agrees with itself -----------------------------------------------------------------------


class _Lines:
    """One jsonl file, taken person by person, counted as it goes."""

    def __init__(self, pack: zipfile.ZipFile, name: str) -> None:
        self.name, self.rows = name, 0
        self._source = _read_lines(pack, name)
        self._next = next(self._source, None)

    def take(self, enrolment: str) -> list[Line]:
        found = []
        while self._next is not None and self._next["enrolment"] == enrolment:
            found.append({name: value for name, value in self._next.items() if name != "enrolment"})
            self.rows += 1
            self._next = next(self._source, None)
        return found

    @property
    def is_over(self) -> bool:
        return self._next is None


def _read_lines(pack: zipfile.ZipFile, name: str) -> Iterator[Line]:
    with pack.open(name) as file:
        while line := file.readline(MAX_LINE):
            yield json.loads(line)


def _read_table(pack: zipfile.ZipFile, name: str) -> Iterator[dict[str, str]]:
    with pack.open(name) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text)
        if tuple(rows.fieldnames or ()) != shape.TABLES[name]:
            raise ValueError(name)
        yield from rows


def _contents(pack: zipfile.ZipFile, manifest: Line, report: Report) -> None:
    document = json.loads(pack.read(shape.COURSE))
    period, named = period_of(manifest["scope"], manifest["as_of"]), shape.files_of(manifest["version"])
    questions = {(line["lesson"], line["block"]): line for line in _read_lines(pack, shape.QUESTIONS)}
    lists = _read_lines(pack, shape.CHECKLISTS) if shape.CHECKLISTS in named else iter(())
    checklists = {line["checklist"]: line for line in lists}
    once = Once(course_from(document), questions, checklists)
    files = {name: _Lines(pack, name) for name in shape.LINES if name in named}
    rows = {shape.COURSE: 1, shape.QUESTIONS: len(questions), "people.csv": 0}
    rows |= {shape.CHECKLISTS: len(checklists)}
    rows["sign_ins.csv"] = sum(1 for _row in _read_table(pack, "sign_ins.csv"))
    sums = Sums()
    before = report.faults
    for row in _read_table(pack, "people.csv"):
        rows["people.csv"] += 1
        enrolment = row["enrolment"]
        found = {name: lines.take(enrolment) for name, lines in files.items()}
        for text in faults_of_person(found, once, period, sums):
            report.bad(_("报名 %(enrolment)s：%(text)s") % {"enrolment": enrolment, "text": text})
    for lines in files.values():
        if not lines.is_over:
            report.bad(_("文件 %(name)s 里有不属于名单或顺序不对的行。") % {"name": lines.name})
    if report.faults == before:
        report.good(
            _("%(n)s 人的学习时段和学习时间，用原始记录和学时计算规则重新计算，全部一致。")
            % {"n": rows["people.csv"]}
        )
        report.good(
            _("测验重新判分、结业学时重新计算，全部一致（%(attempts)s 次测验，%(completions)s 人学完）。")
            % {"attempts": files["attempts.jsonl"].rows, "completions": files["completions.jsonl"].rows}
        )
    if report.faults == before and "practice.jsonl" in files:
        report.good(
            _(
                "面授和直播的出席时间重新计算、考评表和清单逐项核对，全部一致（%(meetings)s 次出席，%(sheets)s 张考评表）。"
            )
            % {"meetings": files["attended.jsonl"].rows, "sheets": files["practice.jsonl"].rows}
        )
    if report.faults == before and files.get("class_hours.jsonl") and files["class_hours.jsonl"].rows:
        report.good(
            _("班次学时按出席、规则和备案重新计算，全部一致（%(rows)s 笔）。")
            % {"rows": files["class_hours.jsonl"].rows}
        )
    if sums.unmarked:
        report.good(
            _("%(n)s 次测验的答案已随本人注销账号删除，只有结果，不能重新判分。") % {"n": sums.unmarked}
        )
    rows |= {name: lines.rows for name, lines in files.items()}
    _counts(manifest, rows, sums, report)


def _counts(manifest: Line, rows: dict[str, int], sums: Sums, report: Report) -> None:
    before = report.faults
    for item in manifest["files"]:
        if rows.get(item["name"]) != item["rows"]:
            report.bad(
                _("文件 %(name)s 应有 %(said)s 行，实际 %(found)s 行。")
                % {"name": item["name"], "said": item["rows"], "found": rows.get(item["name"], 0)}
            )
    right = {
        "people": rows["people.csv"],
        "counted_ms": sums.counted_ms,
        "period_counted_ms": sums.period_counted_ms,
        "centihours": sums.centihours,
        "completions": rows["completions.jsonl"],
    }
    if manifest["version"] >= 2:
        right |= {"attended_minutes": sums.attended_minutes, "practice_passed": sums.practice_passed}
    if manifest["version"] >= 3:
        right["class_centihours"] = sums.class_centihours
    for name, value in right.items():
        if manifest["counts"][name] != value:
            report.bad(
                _("总数 %(name)s 写的是 %(said)s，按内容应为 %(found)s。")
                % {"name": name, "said": manifest["counts"][name], "found": value}
            )
    if report.faults == before:
        report.good(_("每个文件的行数和各项总数都对。"))


def sentences(report: Report) -> Iterable[str]:
    """The report line by line, the verdict last."""
    for item in report.findings:
        yield f"{'✓' if item.right else '✗'} {item.text}"
    if report.faults > MOST_FAULTS:
        yield _("还有 %(n)s 处不对，没有一一列出。") % {"n": report.faults - MOST_FAULTS}
    yield _("结论：这个证据包是真的、完整的。") if report.right else _("结论：这个证据包不能采信。")
