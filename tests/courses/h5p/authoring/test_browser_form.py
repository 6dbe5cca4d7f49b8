"""An exercise written in a real Chromium in the service's frame, taken over, and played in our player."""

import io

import pytest

from courses.h5p.authoring.packages import library_package, taken_over
from courses.h5p.client import LibraryName
from courses.h5p.files import store

pytestmark = pytest.mark.browser

HOST = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><link rel="icon" href="data:,"><title>host</title>
<iframe data-h5p-writing="%(id)s" data-origin="%(origin)s" src="%(src)s" sandbox="allow-scripts allow-forms"
  style="width: 100%%; height: 600px" title="editor"></iframe>
<form data-h5p-finish action="/done" method="get"><button name="finish">finish</button></form>
<script type="module" src="/static/rt/js/h5p-writing.js"></script>"""
TYPE = "H5P.RtTrueFalse 1.0"


@pytest.fixture
def write(chromium, service, site):
    """write(client, content) → (page, frame) of a host page that shows the editor of a content."""
    contexts = []

    def start(client, content, *, width=360):
        context = chromium.new_context(viewport={"width": width, "height": 740}, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        src = client.frame_url(service.url, content.id, seconds=600)
        host = HOST % {"id": content.id, "origin": service.url, "src": src}
        site.pages["/host.html"] = host
        page.goto(f"{site.url}/host.html")
        return page, page.frame_locator("iframe")

    yield start
    for context in contexts:
        context.close()


def test_a_true_false_exercise_is_written_taken_over_and_played(write, service, play, site):
    client = service.client()
    client.install_libraries(library_package(store(), LibraryName("H5P.RtTrueFalse", 1, 0)))
    metadata = {"title": "新练习", "language": "zh-cn", "defaultLanguage": "zh-CN"}
    content = client.create(TYPE, {}, metadata)
    page, frame = write(client, content)
    # Nothing is saved that lacks what it needs.
    frame.get_by_role("button", name="保存草稿").click()
    frame.get_by_text("必填。").first.wait_for()
    assert client.content(content.id).params == {}
    statements = frame.locator("fieldset.list > ol > li")
    statements.nth(0).locator("textarea").first.fill("1 < 2 & 正确")
    statements.nth(0).get_by_role("checkbox").check()
    frame.get_by_role("button", name="添加：").click()
    statements.nth(1).locator("textarea").first.fill("安全帽只在高处戴。")
    frame.get_by_label("标题").fill("<b>两题</b>")
    statements.nth(1).get_by_role("button", name="上移").click()
    frame.get_by_role("button", name="保存草稿").click()
    frame.get_by_text("草稿已保存。").wait_for()
    saved = client.content(content.id)
    assert saved.metadata["title"] == "<b>两题</b>"
    assert [(each["statement"], each["correct"]) for each in saved.params["statements"]] == [
        ("安全帽只在高处戴。", False),
        ("1 &lt; 2 &amp; 正确", True),
    ]
    # The frame has no origin: nothing of the page around it, or of the service's, is in reach.
    look = "[origin, (() => { try { return localStorage.length } catch { return 'none' } })()]"
    assert page.frames[1].evaluate(look) == ["null", "none"]
    frame.get_by_role("button", name="保存并完成").click()
    page.wait_for_url(f"{site.url}/done?finish=")
    assert page.complaints == []
    exported = io.BytesIO()
    client.export(content.id, exported, most=10**6)
    played = play(io.BytesIO(taken_over(exported, store())))
    played.frame.get_by_text("安全帽只在高处戴。").wait_for()
    played.frame.locator(".rt-option", has_text="错").click()
    played.frame.locator('[data-action="check"]').click()
    played.frame.locator('[data-action="next"]').click()
    played.frame.get_by_text("1 < 2 & 正确").wait_for()


def test_what_the_form_cannot_change_is_kept(write, service, settings, tmp_path):
    """An exercise with rich text and fields unknown to its type comes back as it went in, but for what was changed."""
    settings.H5P_ROOT = tmp_path / "h5p"
    client = service.client()
    params = {
        "statements": [{"statement": "a", "correct": True, "explanation": "b"}],
        "behaviour": {
            "passPercentage": 80,
            "enableRetry": False,
            "enableSolutions": True,
            "instantFeedback": True,
        },
        "unknown": {"deep": [1, "<i>2</i>"]},
    }
    client.install_libraries(library_package(store(), LibraryName("H5P.RtTrueFalse", 1, 0)))
    content = client.create(TYPE, params, {"title": "原样"})
    page, frame = write(client, content)
    frame.get_by_role("button", name="保存草稿").click()
    frame.get_by_text("草稿已保存。").wait_for()
    after = client.content(content.id).params
    texts = after.pop("l10n")
    assert texts["trueText"] == "对"
    assert after == params
    assert page.complaints == []
