"""Questions without a place here: each stays as its own system wrote it, for staff of its organisation to take away."""

import json

import pytest
from defusedxml.ElementTree import fromstring
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses.models import PackImport
from courses.packs.foreign.unplaced import MAX_ALL, MAX_COUNT, MAX_SOURCE, Shelf
from courses.packs.kept import open_questions
from courses.packs.planning import plan_of
from courses.packs.services import import_pack
from lms.accounts.api import staff_group
from lms.lib.actor import Actor
from lms.lib.private import private_storage
from tests.courses.packs.foreign import test_cartridge as cartridges
from tests.courses.packs.foreign import test_olx as olx
from tests.courses.packs.foreign.moodle import Backup, bank_of, quiz_of
from tests.courses.packs.foreign.reading import read, tarred, zipped
from tests.factories.accounts import OrganisationFactory, member

API = "/api/v1/packs"
DETAILS = {
    "code": "power-off",
    "kind": "vocational",
    "year": 2026,
    "centihours": 1,
    "mode": "online",
    "summary": "停电。",
    "licence": "CC0-1.0",
    "authors": ["测试学院"],
    "rule": {"min_coverage_percent": 90, "quizzes": "none"},
}


def kept(found):
    return [(one.title, one.kind, one.form) for one in found.draft.unplaced]


def moodle(*, words=60, **kinds):
    """A backup with a text and a quiz of one question that has a place and those that have none."""
    made = Backup(modern=True)
    bank_of(made)
    made.question(7, "calculated", "{a} 伏？", "<dataset_item number='1'/>", name="计算")
    made.section(1, 1, "章", "1,2")
    made.activity(1, "page", "一", f"<content>{'先断电，再救人。' * words}</content>")
    made.activity(2, "quiz", "测验", quiz_of(made, 3, 5, 7, None))
    return tarred(made.all())


class TestEachFormat:
    def test_moodle(self):
        found = read(moodle(), "x.mbz")
        assert kept(found) == [
            ("配对题", "randomsamatch", "xml"),
            ("计算", "calculated", "xml"),
            ("测验 · 第 1 道随机题", "random", "xml"),
        ]
        match, number, drawn = (fromstring(one.source) for one in found.draft.unplaced)
        assert match.findtext("questiontext") == "随机配对"
        assert number.find(".//dataset_item").get("number") == "1"
        assert drawn.find("question_set_reference") is not None
        assert {one.path for one in found.draft.unplaced} == {"activities/quiz_2"}

    def test_qti(self):
        items = [cartridges.item("i", "测验", "q")]
        kinds = ("multiple_choice", "calculated", "ordering")
        data = cartridges.cartridge(
            items,
            [cartridges.resource("q", "q.xml", kind="imsqti_xmlv1p2/imscc_xmlv1p3/assessment")],
            {"q.xml": cartridges.quiz(*kinds)},
        )
        found = read(data, "x.imscc")
        assert [(kind, form) for _, kind, form in kept(found)] == [
            ("cc.calculated.v0p1", "xml"),
            ("cc.ordering.v0p1", "xml"),
        ]
        for one in found.draft.unplaced:
            assert fromstring(one.source).tag.endswith("}item")

    def test_open_edx_with_what_stands_before_the_response(self):
        problem = (
            '<problem url_name="p" display_name="难题"><p>多少伏？</p><formularesponse answer="x">'
            '<responseparam type="tolerance" default="5%"/><formulaequationinput/></formularesponse></problem>'
        )
        found = read(tarred(olx.course(f"{problem}tail{olx.WORD}")), "x.tar.gz")
        assert kept(found) == [("难题", "formularesponse", "xml")]
        source = fromstring(found.draft.unplaced[0].source)
        assert source.findtext("p") == "多少伏？"
        assert source.find(".//responseparam").get("default") == "5%"

    def test_a_question_larger_than_ours_may_be(self):
        stem = "问" * 3000
        problem = (
            f'<problem display_name="长"><p>{stem}</p><stringresponse answer="甲" type="ci"><textline/>'
            "</stringresponse></problem>"
        )
        found = read(tarred(olx.course(problem + olx.WORD)), "x.tar.gz")
        (one,) = found.draft.unplaced
        assert (one.kind, one.form) == ("fill", "json")
        assert json.loads(one.source)["stem"].startswith(stem)
        assert found.outline.unplaced == []


class TestBounds:
    def test_too_large_a_question_is_named_without_its_source(self):
        shelf = Shelf()
        shelf.put("a", "长", "essay", fromstring(f"<q>{'x' * MAX_SOURCE}</q>"))
        shelf.put("a", "短", "essay", fromstring("<w><q a='1'>x</q>tail</w>")[0])
        shelf.put("a", "值", "quiz", {"stem": "问"})
        assert [one.source for one in shelf] == [None, '<q a="1">x</q>', '{"stem": "问"}']

    def test_all_together_and_their_number(self):
        shelf = Shelf()
        for _ in range(MAX_COUNT + 3):
            shelf.put("a", "b", "essay", {"stem": "x" * 10_000})
        assert len(shelf) == MAX_COUNT
        assert MAX_ALL <= sum(len(one.source or "") for one in shelf) <= MAX_ALL + MAX_SOURCE


@pytest.mark.long
@pytest.mark.django_db
class TestTheImport:
    def test_from_the_report_and_over_the_api(
        self, client, college, editor, django_capture_on_commit_callbacks
    ):
        file = SimpleUploadedFile("停电.mbz", moodle())
        with django_capture_on_commit_callbacks(execute=True):
            made = client.post(API, {"organisation": "shkd", "file": file, "plan": "true"}).json()
        plan = client.get(f"{API}/{made['uuid']}").json()
        assert (plan["state"], plan["unplaced"]) == ("planned", 3)
        # Nothing is kept of what nobody has said yes to.
        assert client.get(f"{API}/{made['uuid']}/questions").status_code == 404
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"{API}/{made['uuid']}/confirm", {"details": DETAILS}, "application/json")
        row = PackImport.objects.get()
        assert row.state == "done", row.report["problems"]
        address = reverse("courses_pack_questions", args=[row.uuid])
        assert (
            f'href="{address}"'
            in client.get(reverse("courses_pack_import", args=[row.uuid])).content.decode()
        )
        answers = [client.get(address), client.get(f"{API}/{row.uuid}/questions")]
        bodies = [b"".join(answer.streaming_content) for answer in answers]
        assert bodies[0] == bodies[1]
        assert all("attachment" in answer["Content-Disposition"] for answer in answers)
        told = json.loads(bodies[0])
        assert (told["import"], told["file"], told["from"]) == (str(row.uuid), "停电.mbz", "moodle")
        assert [(one["type"], one["title"]) for one in told["questions"]][:2] == [
            ("randomsamatch", "配对题"),
            ("calculated", "计算"),
        ]
        stranger = member("editor", OrganisationFactory(code="other"))
        stranger.groups.add(staff_group())
        client.force_login(stranger)
        assert client.get(address).status_code == 404
        assert client.get(f"{API}/{row.uuid}/questions").status_code == 404
        client.logout()
        assert client.get(f"{API}/{row.uuid}/questions").status_code == 401

    def test_the_same_again_has_them_and_what_is_refused_leaves_none(self, college, tmp_path):
        path, actor = tmp_path / "停电.mbz", Actor.system("tests")
        path.write_bytes(moodle())
        for state in ("done", "unchanged"):
            report = import_pack(path, organisation=college, actor=actor, details=DETAILS)
            assert (report.state, report.unplaced) == (state, 3), report.problems
        for row in PackImport.objects.all():
            with open_questions(row.uuid) as file:
                assert len(json.load(file)["questions"]) == 3
        changed = DETAILS | {"centihours": 90_000}
        assert import_pack(path, organisation=college, actor=actor, details=changed).state == "refused"
        assert plan_of(path, organisation=college, actor=actor).unplaced == 3
        _folders, files = private_storage().listdir("packs")
        assert len([name for name in files if name.endswith(".questions.json")]) == 2

    def test_a_pack_whose_questions_all_have_a_place_has_no_such_file(
        self, client, college, editor, tmp_path
    ):
        path = tmp_path / "页.zip"
        path.write_bytes(zipped({"index.html": "<h1>停电</h1><p>" + "先断电。" * 200 + "</p>"}))
        report = import_pack(path, organisation=college, actor=Actor.system("tests"), details=DETAILS)
        assert (report.state, report.unplaced) == ("done", 0), report.problems
        row = PackImport.objects.get()
        page = client.get(reverse("courses_pack_import", args=[row.uuid])).content.decode()
        address = reverse("courses_pack_questions", args=[row.uuid])
        assert address not in page
        assert client.get(address).status_code == 404
