"""A checker who has nothing but the file and the published keys: what is right is said, and what is wrong is found."""

import hashlib
import json
from base64 import b64decode
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.learning.classes import attendance
from lms.learning.classes import services as class_services
from lms.learning.evidence import keys, shape
from lms.learning.evidence.checking import check, sentences
from lms.learning.evidence.keys import KEYS_PATH, public_keys, published, read_published, signing_key
from lms.learning.evidence.recount import Course, Period, Raw, payload_hash, recount
from lms.learning.evidence.services import Ask, order, order_own
from lms.learning.study.rules import Claim, Content, Rule, Stream, bound, bound_coverage, count
from lms.lib.errors import Refusal
from lms.lib.outbox.services import deliver_pending
from tests.examples import examples
from tests.factories.accounts import OrganisationFactory, member
from tests.learning.classes.classroom import HOUR, PNG, Classroom, photo
from tests.learning.classes.test_hours import file, rule
from tests.learning.evidence.packs import Office, lines, made, manifest, opened_zip, rezipped, travel

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def data(world):
    with travel() as clock:
        office = Office()
        office.learner(clock)
        office.learner(clock)
        return office.pack()[1]


@pytest.fixture
def told(tmp_path):
    """What the checker says of some bytes, and whether it believes them."""

    def ask(content, trusted=None):
        path = tmp_path / "pack.zip"
        path.write_bytes(content)
        report = check(path, public_keys() if trusted is None else trusted)
        return report.right, "\n".join(sentences(report))

    return ask


def signed_anew(data, **changed):
    """A pack that somebody with the key would have made: files changed, hashes and rows and signature in order."""
    said = manifest(data)
    for item in said["files"]:
        content = changed.get(item["name"].replace(".", "_"))
        if content is not None:
            rows = len(content.splitlines()) if item["name"].endswith("jsonl") else item["rows"]
            item |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "rows": rows}
    document = shape.json_document(said | changed.pop("said", {}))
    return rezipped(data, manifest_json=document, manifest_sig=signing_key().sign(document), **changed)


def with_line(data, name, change):
    """A jsonl file with its first line changed."""
    found = lines(data, name)
    change(found[0])
    return b"".join(map(shape.json_line, found))


class TestWhole:
    def test_a_true_pack_is_believed_in_words(self, data, told):
        believed, text = told(data)
        assert believed, text
        for words in ("签名正确", "一字不差", "2 人的学习时段", "测验重新判分", "真的、完整的"):
            assert words in text

    def test_a_changed_byte_is_found_wherever_it_is(self, data, told):
        for name in opened_zip(data).namelist():
            content = opened_zip(data).read(name)
            for place in {0, len(content) // 2, len(content) - 1} if content else ():
                changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
                believed, text = told(rezipped(data, **{name.replace(".", "_"): changed}))
                assert not believed, (name, place)
                assert "✗" in text

    def test_missing_and_added_files_are_named(self, data, told):
        assert "缺少文件 reports.jsonl" in told(rezipped(data, without=("reports.jsonl",)))[1]
        for name in ("manifest.json", "manifest.sig"):
            assert f"缺少 {name}" in told(rezipped(data, without=(name,)))[1]

    def test_files_that_are_no_pack_are_refused(self, data, told):
        for content in (b"", b"PK", b"x" * 1000, data[: len(data) // 2], data[:-30]):
            assert not told(content)[0]

    @pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"key": 1}', b"\xff", b"[" * 5000])
    def test_manifests_that_are_none(self, data, told, content):
        believed, text = told(rezipped(data, manifest_json=content))
        assert not believed
        assert "结论：这个证据包不能采信" in text

    def test_another_ones_key_is_not_ours(self, data, told):
        stranger = keys.SigningKey(b"\7" * 32)
        assert "不在平台公布的密钥里" in told(data, [stranger.public()])[1]
        raw = opened_zip(data).read("manifest.json")
        forged = rezipped(data, manifest_sig=stranger.sign(raw))
        assert "签名不对" in told(forged)[1]


class TestItself:
    """Somebody with the key lies: the lie has to agree with everything else in the pack."""

    def test_signed_anew_without_a_change_is_believed(self, data, told):
        assert told(signed_anew(data))[0]

    @pytest.mark.parametrize(
        ("name", "change", "words"),
        [
            ("totals.jsonl", lambda line: line.update(counted_ms=line["counted_ms"] + 1), "学习时间合计"),
            ("stretches.jsonl", lambda line: line.update(reason="idle"), "学习时段和原始记录"),
            ("stretches.jsonl", lambda line: line.update(rule=2), "学习时段和原始记录"),
            ("reports.jsonl", lambda line: line.update(active=[[0, 119_000]]), "摘要对不上"),
            ("reports.jsonl", lambda line: line.update(received_ms=line["received_ms"] - 90_000), "不一致"),
            ("claims.jsonl", lambda line: line.update(at_ms=line["at_ms"] + 60_000), "不一致"),
            ("attempts.jsonl", lambda line: line.update(percent=99), "测验的得分"),
            ("attempts.jsonl", lambda line: line["answers"][0].update(response=["b"]), "测验的得分"),
            ("completions.jsonl", lambda line: line.update(centihours=99), "结业学时不是"),
            ("completions.jsonl", lambda line: line.update(counted_ms=9_000_000), "结业学时不是"),
            ("sessions.jsonl", lambda line: line.update(rule=77), "不符合格式"),
            ("reports.jsonl", lambda line: line.update(enrolment="x"), "不属于名单"),
        ],
    )
    def test_a_lie_is_found(self, data, told, name, change, words):
        key = name.replace(".", "_")
        believed, text = told(signed_anew(data, **{key: with_line(data, name, change)}))
        assert not believed
        assert words in text

    def test_wrong_sums_and_rows_are_found(self, data, told):
        counts = manifest(data)["counts"] | {"people": 3}
        assert "总数 people 写的是 3，按内容应为 2" in told(signed_anew(data, said={"counts": counts}))[1]
        files = manifest(data)["files"]
        files[4]["rows"] += 1
        assert "应有" in told(signed_anew(data, said={"files": files}))[1]

    def test_a_learner_left_out_is_found(self, data, told):
        table = opened_zip(data).read("people.csv").splitlines(keepends=True)
        believed, text = told(signed_anew(data, people_csv=b"".join(table[:-1])))
        assert not believed
        assert "不属于名单" in text


class TestKeys:
    def test_the_published_keys_are_enough(self, data):
        answer = Client().get(KEYS_PATH)
        assert answer.status_code == 200
        (key,) = answer.json()["keys"]
        raw = b64decode(key["public_key"])
        assert key["id"] == manifest(data)["key"]["id"] == hashlib.sha256(raw).hexdigest()[:16]
        # As anybody would, without a line of ours: raises when it does not hold.
        Ed25519PublicKey.from_public_bytes(raw).verify(
            opened_zip(data).read("manifest.sig"), opened_zip(data).read("manifest.json")
        )
        assert read_published(answer.content.decode()) == public_keys()

    def test_the_schema_is_published_too(self):
        for version in shape.VERSIONS:
            assert Client().get(shape.schema_url_path(version)).json() == shape.schema(version)

    def test_a_pack_of_an_older_key_stays_good(self, told, settings, tmp_path):
        settings.HOME = tmp_path
        before = signing_key().public()
        with travel() as clock:
            office = Office()
            office.learner(clock)
            _pack, data = office.pack()
        fresh = keys.rotate()
        assert told(data)[0]
        assert [key.id for key in public_keys()] == [fresh.id, before.id]
        assert signing_key().public() == fresh
        assert oct((tmp_path / "private" / keys.FILE).stat().st_mode)[-3:] == "600"

    def test_production_without_a_key_makes_no_pack(self):
        with (
            travel() as clock,
            override_settings(EMBEDDED=False, TESTING=False, EVIDENCE_KEYS=[]),
            pytest.raises(Refusal, match="签名密钥") as refused,
        ):
            item = Office().learner(clock)
            order_own(item.person, item.uuid)
        assert refused.value.status == 503

    def test_production_reads_its_keys_from_the_environment(self, data, told):
        old = published()["keys"][0]["public_key"]
        with override_settings(EVIDENCE_KEYS=[keys.fresh_seed()], EVIDENCE_RETIRED_KEYS=[old]):
            assert told(data)[0]
            with pytest.raises(Refusal):
                keys.rotate()

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": [{"algorithm": "Ed25519"}]}', "[" * 9999])
    def test_documents_that_are_no_keys(self, text):
        with pytest.raises(ValueError):
            read_published(text)


class TestCommand:
    def test_it_says_so_and_exits_accordingly(self, data, tmp_path):
        path, published_keys = tmp_path / "pack.zip", tmp_path / "keys.json"
        path.write_bytes(data)
        published_keys.write_text(json.dumps(published()), encoding="utf-8")
        for options in ({}, {"keys": published_keys}):
            out = StringIO()
            call_command("verify_evidence", path, stdout=out, **options)
            assert "结论：这个证据包是真的、完整的。" in out.getvalue()
        path.write_bytes(data[:-1000])
        out = StringIO()
        with pytest.raises(CommandError):
            call_command("verify_evidence", path, stdout=out)
        assert "打不开" in out.getvalue()
        published_keys.write_text("none", encoding="utf-8")
        with pytest.raises(CommandError):
            call_command("verify_evidence", path, keys=published_keys)


# --- the arithmetic --------------------------------------------------------------------------------------

RULE = Rule(1, 200, 2_700_000, 60_000, 5_000, 600_000, 10**9, 60_000)
moments = st.integers(0, 700)


@st.composite
def pairs(draw, most=700):
    cuts = sorted(draw(st.sets(st.integers(0, most), max_size=6)))
    return [[low * 1000, high * 1000] for low, high in zip(cuts[::2], cuts[1::2], strict=False)]


@st.composite
def facts(draw):
    """One learner's lines: some sessions in two lessons, reports late or early, claims also of pages elsewhere."""
    sessions = [
        {"session": f"s{number}", "lesson": draw(st.sampled_from("LM")), "rule": 1, "opened_ms": start * 1000}
        for number, start in enumerate(draw(st.lists(moments, min_size=1, max_size=4)))
    ]
    reports = []
    for session in sessions:
        for seq in range(1, draw(st.integers(0, 3)) + 1):
            active = draw(pairs())
            end = active[-1][1] if active else draw(moments) * 1000
            reports.append(
                {
                    "session": session["session"],
                    "seq": seq,
                    "received_ms": session["opened_ms"] + draw(moments) * 1500,
                    "elapsed_ms": end,
                    "active_ms_total": 0,
                    "active": active,
                    "inactive": [],
                    "coverage": {"b": draw(pairs(most=900)), "c": draw(pairs(most=100))},
                }
            )
    claims = [
        {
            "session": draw(st.sampled_from([*(line["session"] for line in sessions), None])),
            "at_ms": at * 1000,
        }
        for at in sorted(draw(st.sets(moments, max_size=5)))
    ]
    grants = [{"lesson": "M", "block": "c", "at_ms": draw(moments) * 1000}] if draw(st.booleans()) else []
    return Raw(sessions, reports, grants, claims)


COURSE = Course({"L": {"b": 400_000}, "M": {"b": 300_000, "c": 50_000}}, {1: RULE})


@settings(max_examples=examples(150))
@given(facts(), moments)
def test_totals_are_those_of_the_study_rules_and_stretches_add_up(raw, noon):
    stretches, totals = recount(raw, COURSE, Period(0, 10**15))
    assert sum(line["counted_ms"] for line in stretches) == sum(line["counted_ms"] for line in totals)
    numbers = {line["session"]: number for number, line in enumerate(raw.sessions, 1)}
    claims = [Claim(line["at_ms"], numbers.get(line["session"], 0)) for line in raw.claims]
    for total in totals:
        content = Content(COURSE.lengths[total["lesson"]])
        mine = {line["session"]: line for line in raw.sessions if line["lesson"] == total["lesson"]}
        reports = [report for report in raw.reports if report["session"] in mine]
        found = count(
            [
                Stream(
                    numbers[report["session"]],
                    200,
                    bound(
                        report["active"], mine[report["session"]]["opened_ms"], report["received_ms"], RULE
                    ).accepted,
                )
                for report in reports
            ],
            [bound_coverage(report["coverage"], content) for report in reports],
            claims,
            content,
            [grant["block"] for grant in raw.grants if grant["lesson"] == total["lesson"]],
        )
        assert (total["active_ms"], total["overlap_ms"], total["covered_ms"], total["counted_ms"]) == (
            found.active_ms,
            found.overlap_ms,
            found.covered_ms,
            found.counted_ms,
        )
    # Two periods that meet hold together what the whole holds.
    before = recount(raw, COURSE, Period(0, noon * 1000))[1]
    after = recount(raw, COURSE, Period(noon * 1000, 10**15))[1]
    assert [a["period_counted_ms"] + b["period_counted_ms"] for a, b in zip(before, after, strict=True)] == [
        line["counted_ms"] for line in totals
    ]


@given(facts())
def test_a_reports_hash_changes_with_every_fact(raw):
    for report in raw.reports:
        assert payload_hash(report) == payload_hash(json.loads(json.dumps(report)))
        assert payload_hash(report) != payload_hash(report | {"elapsed_ms": report["elapsed_ms"] + 1})


class TestVersions:
    @pytest.mark.parametrize("version", [1, 2])
    def test_a_pack_of_an_older_version_is_checked_as_it_was_made(self, data, told, version):
        said = manifest(data) | {"version": version}
        for name in ("class_centihours", "attended_minutes", "practice_passed")[: 1 if version == 2 else 3]:
            del said["counts"][name]
        kept = shape.files_of(version)
        said["files"] = [item for item in said["files"] if item["name"] in kept]
        document = shape.json_document(said)
        old = rezipped(
            data,
            without=set(shape.FILES) - set(kept),
            manifest_json=document,
            manifest_sig=signing_key().sign(document),
        )
        believed, text = told(old)
        assert believed, text
        assert ("考评表" in text) == (version == 2)
        assert "班次学时" not in text

    def test_a_version_to_come_is_not_believed(self, data, told):
        assert "还不认识" in told(signed_anew(data, said={"version": 4}))[1]


@pytest.fixture(scope="module")
def practised(world):
    with travel() as clock:
        room = Classroom()
        room.checklist()
        place, other = room.learner(), room.learner()
        room.began()
        clock.move_to(room.meetings[1].ends_at)
        room.present(place)
        room.present(other, room.meetings[0])
        room.judged(place, passed=False)
        room.judged(place, photos=[photo()])
        return made(order(room.teacher, Ask(room.release.uuid, "课程过程自查")))[1]


class TestClasses:
    """Attendance and practice: what they come to follows from their events and the checklist."""

    @pytest.fixture
    def data(self, practised):
        return practised

    def test_it_is_all_there_and_believed(self, data, told):
        believed, text = told(data)
        assert believed, text
        assert "3 次出席，2 张考评表" in text
        counts = manifest(data)["counts"]
        assert (counts["attended_minutes"], counts["practice_passed"]) == (3 * 180, 1)
        first, last = lines(data, "practice.jsonl")
        assert (first["passed"], first["remark"], last["passed"]) == (False, "对刀方向反了", True)
        assert [item["sha256"] for item in last["photos"]] == [hashlib.sha256(PNG).hexdigest()]
        (checklist,) = lines(data, "checklists.jsonl")
        assert checklist["checklist"] == last["checklist"]
        assert [item["text"] for item in checklist["items"]] == ["对刀", "首件检验"]
        # Pictures of people are not handed on, and neither is their name.
        assert PNG not in b"".join(opened_zip(data).read(name) for name in opened_zip(data).namelist())
        assert "首件.png" not in opened_zip(data).read("practice.jsonl").decode()

    @pytest.mark.parametrize(
        ("name", "change", "words"),
        [
            ("attended.jsonl", lambda line: line.update(minutes=999), "出席时间和签到签退"),
            (
                "attendance.jsonl",
                lambda line: line.update(at="2026-03-10T02:00:00+00:00"),
                "出席时间和签到签退",
            ),
            ("attendance.jsonl", lambda line: line.update(number=2), "缺了一条"),
            ("practice.jsonl", lambda line: line.update(number=3), "缺了一张或顺序不对"),
            ("practice.jsonl", lambda line: line["marks"][0].update(text="看书"), "那一版清单不一致"),
            ("practice.jsonl", lambda line: line["marks"].pop(), "那一版清单不一致"),
            ("practice.jsonl", lambda line: line.update(passed=True), "还有项目没有完成"),
            ("practice.jsonl", lambda line: line.update(checklist="x"), "不符合格式"),
        ],
    )
    def test_a_lie_is_found(self, data, told, name, change, words):
        key = name.replace(".", "_")
        believed, text = told(signed_anew(data, **{key: with_line(data, name, change)}))
        assert not believed
        assert words in text

    def test_sums_are_checked_too(self, data, told):
        counts = manifest(data)["counts"] | {"practice_passed": 2}
        assert "总数 practice_passed 写的是 2" in told(signed_anew(data, said={"counts": counts}))[1]


@pytest.fixture(scope="module")
def given_hours(world):
    """A class of two meetings, filed with eight hours: one learner was there twice, was taken an hour of, and one once."""
    with travel() as clock:
        room = Classroom()
        room.authority = OrganisationFactory(kind="authority", name="申江市人社局")
        room.officer = member("officer", room.authority)
        rule(room, min_share_percent=50)
        file(room)
        place, other = room.learner(), room.learner()
        room.began()
        clock.move_to(room.meetings[1].ends_at + HOUR)
        room.present(place)
        room.present(other, room.meetings[0])
        room.run = class_services.move(room.teacher, room.run, "end")
        while deliver_pending():
            pass
        clock.shift(3600)
        meeting = room.meetings[1]
        until = meeting.starts_at + 2 * HOUR
        attendance.correct(
            room.teacher, meeting, place.uuid, since=meeting.starts_at, until=until, reason="提前离开"
        )
        while deliver_pending():
            pass
        clock.shift(3600)
        whole = made(order(room.teacher, Ask(room.release.uuid, "课程过程自查")))[1]
        day = meeting.starts_at.date()
        part = made(order(room.teacher, Ask(room.release.uuid, "课程过程自查", first=day, last=day)))[1]
        # Corrected again, and not reckoned anew yet: what was given stands on what was on record then.
        attendance.correct(
            room.teacher,
            meeting,
            place.uuid,
            since=meeting.starts_at,
            until=meeting.ends_at,
            reason="查看监控，没有提前离开",
        )
        clock.shift(60)
        waiting = made(order(room.teacher, Ask(room.release.uuid, "课程过程自查")))[1]
        return whole, part, waiting


class TestClassHours:
    """Hours from attendance: rows, meetings, rule and filing agree, and with the events."""

    @pytest.fixture
    def data(self, given_hours):
        return given_hours[0]

    def test_they_are_there_and_believed(self, data, told):
        believed, text = told(data)
        assert believed, text
        assert "班次学时按出席、规则和备案重新计算，全部一致（3 笔）" in text
        rows = lines(data, "class_hours.jsonl")
        assert [(row["number"], row["centihours"], bool(row["taken"])) for row in rows] == [
            (1, 800, True),
            (2, 666, False),
            (1, 400, False),
        ]
        assert manifest(data)["counts"]["class_centihours"] == 1066
        assert rows[1]["filing"] == "申人社备〔2026〕7 号"
        assert rows[1]["rule"]["ms_per_hour"] == 45 * 60_000

    def test_a_period_and_what_is_not_reckoned_anew_yet_are_believed(self, given_hours, told):
        for data in given_hours[1:]:
            believed, text = told(data)
            assert believed, text
        assert {line["meeting"] for line in lines(given_hours[1], "attendance.jsonl")} < {
            line["meeting"] for line in lines(data, "attendance.jsonl")
        }

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda row: row.update(centihours=900, total_centihours=900), "不是由出席时间"),
            (lambda row: row.update(counted_ms=row["counted_ms"] + 1), "不是由出席时间"),
            (lambda row: row.update(approved_centihours=100), "不是由出席时间"),
            (lambda row: row.update(filing=""), "不是由出席时间"),
            (lambda row: row["rule"].update(ms_per_hour=60_000), "不是由出席时间"),
            (lambda row: row["rule"].update(min_share_percent=90), "不是由出席时间"),
            (lambda row: row["meetings"][1].update(given_ms=10_800_000), "不是由出席时间"),
            (lambda row: row["meetings"][0].update(ranges=row["meetings"][1]["ranges"]), "不是由出席时间"),
            (lambda row: row.update(centihours=700), "加起来不是"),
            (lambda row: row.update(number=3), "缺了一笔"),
            (lambda row: row["meetings"][1].update(_longer(row["meetings"][1])), "记录不一致"),
        ],
    )
    def test_a_lie_is_found(self, data, told, change, words):
        rows = lines(data, "class_hours.jsonl")
        change(rows[1])
        content = b"".join(map(shape.json_line, rows))
        believed, text = told(signed_anew(data, class_hours_jsonl=content))
        assert not believed
        assert words in text

    def test_a_row_left_out_is_found(self, data, told):
        rows = lines(data, "class_hours.jsonl")
        content = b"".join(map(shape.json_line, rows[1:]))
        assert "缺了一笔" in told(signed_anew(data, class_hours_jsonl=content))[1]

    def test_an_event_left_out_is_found(self, data, told):
        events = lines(data, "attendance.jsonl")
        meeting = events[-1]["meeting"]
        content = b"".join(shape.json_line(line) for line in events if line["meeting"] != meeting)
        assert "记录不一致" in told(signed_anew(data, attendance_jsonl=content))[1]


def _longer(told):
    """A meeting that agrees with itself, a minute longer than its events say; what it gives stays the same."""
    start, end = told["stretches"][0]
    ranges = [[start, end + 60_000]]
    return {
        "stretches": ranges,
        "ranges": ranges,
        "attended_ms": told["attended_ms"] + 60_000,
        "online_ms": 60_000,
    }
