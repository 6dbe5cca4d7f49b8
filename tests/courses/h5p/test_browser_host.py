"""The frame and the page around it: what gets out, what does not, how states are saved."""

import io

import pytest

from courses.h5p.own.build import build_package

from .packages import files, pack

pytestmark = pytest.mark.browser


def package():
    content = {"items": [{"text": "首都是*北京*。"}]}
    return io.BytesIO(build_package("H5P.RtFillBlanks", content, title="例"))


def test_the_frame_is_an_origin_of_its_own(play):
    played = play(package())
    assert played.frame.evaluate("self.origin") == "null"
    for forbidden in ("parent.document.title", "parent.localStorage", "top.location.href"):
        assert played.frame.evaluate(
            f"(() => {{ try {{ {forbidden}; return 'seen' }} catch (e) {{ return e.name }} }})()"
        ) == ("SecurityError")
    played.page.evaluate("document.cookie = 'session=secret'")
    assert played.frame.evaluate("document.cookie") == ""


def test_content_can_not_reach_another_server(play, server):
    played = play(package())
    other = server.replace("127.0.0.1", "localhost")
    load = "new Promise((ok, no) => { const it = %s; it.onload = ok; it.onerror = () => no(1); it.src = '%s'; %s })"
    script = "document.createElement('script')"
    for tried in (
        f"fetch('{other}/healthz')",
        load % ("new Image()", f"{other}/x.png", ""),
        load % (script, f"{other}/static/rt/js/app.js", "document.head.append(it)"),
    ):
        assert played.frame.evaluate(f"{tried}.then(() => 'reached', () => 'refused')") == "refused"
    assert any("Content Security Policy" in line for line in played.console)


def test_inline_scripts_do_not_run(play):
    played = play(package())
    played.frame.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')"
    )
    played.page.wait_for_timeout(200)
    assert played.frame.evaluate("window.ran") is None


def test_opened_by_its_own_address_it_is_still_shut_in_and_plays(play):
    played = play(package())
    page = played.page.context.new_page()
    page.goto(played.url)
    page.locator(".rt-field").wait_for()
    assert page.evaluate("self.origin") == "null"


def test_messages_of_others_are_not_heard(play):
    played = play(package())
    before = len(played.statements())
    played.page.evaluate(
        """() => {
          const post = (data) => window.postMessage(data, '*');
          post({context: 'rongtong-h5p', type: 'statement', statement: {verb: {id: 'x/completed'}}});
          post({context: 'rongtong-h5p', type: 'size', height: 9000});
          const other = document.body.appendChild(document.createElement('iframe'));
          const message = "{context: 'rongtong-h5p', type: 'state', state: {}}";
          other.srcdoc = "<script>parent.postMessage(" + message + ", '*')</" + "script>";
        }"""
    )
    played.page.wait_for_timeout(400)
    assert len(played.statements()) == before
    assert played.page.evaluate("states") == []
    assert played.page.evaluate("document.getElementById('frame').clientHeight") < 2000


def test_malformed_messages_of_the_frame_are_dropped(play):
    played = play(package())
    before = len(played.statements())
    played.frame.evaluate(
        """() => {
          const say = (data) => parent.postMessage({context: 'rongtong-h5p', ...data}, '*');
          say({type: 'statement', statement: 'x'});
          say({type: 'statement', statement: {a: 'x'.repeat(70000)}});
          say({type: 'state', state: []});
          say({type: 'state', state: {0: {state: 'x'.repeat(300000)}}});
          say({type: 'size', height: 'tall'});
          say({type: 'size', height: 1e9});
          parent.postMessage('hello', '*');
          parent.postMessage(null, '*');
        }"""
    )
    played.page.wait_for_timeout(500)
    assert len(played.statements()) == before
    assert played.page.evaluate("states") == []
    assert played.page.evaluate("document.getElementById('frame').clientHeight") <= 20_000


def test_the_frame_is_as_tall_as_its_content(play):
    played = play(package())
    height = "document.getElementById('frame').clientHeight"
    before = played.page.evaluate(height)
    assert abs(before - played.frame.evaluate("document.body.scrollHeight")) <= 1
    played.frame.locator(".rt-field").fill("x")
    played.frame.locator("[data-action=check]").click()
    played.page.wait_for_function(f"{height} > {before} + 50")
    taller = played.page.evaluate(height)
    played.frame.locator("[data-action=retry]").click()
    played.page.wait_for_function(f"{height} < {taller} - 50")


def test_a_state_is_saved_once_a_change_and_when_the_page_goes(play):
    played = play(package())
    played.frame.locator(".rt-field").fill("上海")
    played.page.wait_for_function("states.length === 1")
    played.page.wait_for_timeout(2500)
    assert played.page.evaluate("states.length") == 1
    (state, last) = played.page.evaluate("states[0]")
    assert "上海" in state["0"]["state"]
    assert last is False
    # Typed and left at once: the last words arrive before the page is gone.
    played.frame.locator(".rt-field").fill("北京")
    played.page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true})"
    )
    played.frame.evaluate(
        """(Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true}),
            document.dispatchEvent(new Event('visibilitychange')), 0)"""
    )
    played.page.evaluate("(document.dispatchEvent(new Event('visibilitychange')), 0)")
    played.page.wait_for_function("states.length === 2")
    (state, last) = played.page.evaluate("states[1]")
    assert "北京" in state["0"]["state"]
    assert last is True


def test_clicks_are_activity_and_no_statements(play):
    played = play(package())
    before = played.page.evaluate("acts")
    played.frame.locator(".rt-field").fill("上海")
    played.frame.locator(".rt-field").press("Tab")
    played.page.wait_for_function(f"acts > {before}")
    assert played.statements("interacted") == []


def test_after_destroy_nothing_is_heard(play):
    played = play(package())
    played.page.evaluate("player.destroy()")
    assert played.page.evaluate("document.getElementById('frame').getAttribute('src')") is None


def test_larger_type_reaches_the_content(play):
    played = play(package())
    small = played.frame.evaluate("parseFloat(getComputedStyle(document.querySelector('.h5p-rt')).fontSize)")
    played.page.evaluate("document.documentElement.style.fontSize = '24px'")
    played.page.evaluate("(url) => { started = 0; mount(url, {}, 200) }", played.url + "?again")
    played.page.wait_for_function("started")
    large = played.page.frames[1].evaluate(
        "parseFloat(getComputedStyle(document.querySelector('.h5p-rt')).fontSize)"
    )
    assert large == pytest.approx(small * 1.5)


CLASSIC = """
var H5P = H5P || {};
H5P.Greet = (function ($, EventDispatcher) {
  function C(options, id, extras) {
    EventDispatcher.call(this);
    this.state = (extras && extras.previousState) || {visits: 0};
    this.options = options; this.id = id;
  }
  C.prototype = Object.create(EventDispatcher.prototype);
  C.prototype.attach = function ($container) {
    var self = this;
    this.setActivityStarted();
    localStorage.setItem('greet', '1');
    document.cookie = 'greet=1';
    $container.append('<p style="color:red">' + this.options.greeting + ' ' + this.state.visits + '</p>')
      .append('<img src="' + H5P.getPath(this.options.image.path, this.id) + '">');
    var picture = new Image();
    picture.onload = function () {
      var canvas = document.createElement('canvas');
      canvas.getContext('2d').drawImage(picture, 0, 0);
      document.body.setAttribute('data-drawn', canvas.toDataURL().slice(0, 10));
    };
    H5P.setSource(picture, this.options.image, this.id);
    $container
      .append($('<button>greet</button>').click(function () {
        self.state.visits++;
        self.triggerXAPIScored(self.state.visits, 5, 'completed', true, true);
      }));
  };
  C.prototype.getCurrentState = function () { return this.state; };
  return C;
})(H5P.jQuery, H5P.EventDispatcher);
"""


def test_a_library_written_the_classic_way(play):
    """jQuery, storage, cookies, images by getPath, state and score: what other people's types lean on."""
    source = pack({**files(), "H5P.Greet-1.0/greet.js": CLASSIC})
    first = play(source)
    first.frame.locator("img").evaluate("(img) => img.decode()")
    assert first.frame.evaluate("document.querySelector('img').naturalWidth") == 1
    assert first.frame.evaluate("getComputedStyle(document.querySelector('p')).color") == "rgb(255, 0, 0)"
    assert first.frame.evaluate("localStorage.getItem('greet')") == "1"
    first.frame.locator('body[data-drawn="data:image"]').wait_for(state="attached")
    first.frame.locator("button").click()
    assert first.scores("completed") == [(1, 5)]
    second = play(first.url.rstrip("/").rpartition("/")[2], first.state())
    assert second.frame.locator("p").first.inner_text() == "Hello 1"


def test_a_content_that_can_not_start_says_so(play):
    with pytest.raises(AssertionError):
        play(pack({**files(), "H5P.Greet-1.0/greet.js": "throw new Error('broken')"}))
