"""How people study, and how people try to get study time without it: each a function over a World.

HONEST ones return the learner; what they really studied is their truth. Cheats return a Try: the learner, what was
really studied, and the most that coverage and one stream at the permitted speed leave open to whoever lies. Where
studying is done at twice the speed, nothing is left open: any gain would show.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.signing import Signer

from lms.learning.study.models import LessonProgress
from lms.learning.study.reports import token_for
from lms.learning.study.services import open_session
from lms.lib.errors import Refusal
from tests.factories.learning import SECOND, body, enrolment, opened
from tests.learning.study.learners import (
    HOUR,
    LESSONS,
    MINUTE,
    TEXT_SECONDS,
    VIDEO_SECONDS,
    Learner,
    World,
)

HONEST: dict[str, "Strategy"] = {}
CHEATS: dict[str, "Strategy"] = {}


@dataclass(frozen=True)
class Strategy:
    run: Callable[[World], object]
    starts: str
    # A cheat that may gain nothing at all, not even what a forged report of one stream would bring.
    gains_nothing: bool = False

    @property
    def name(self):
        return self.run.__name__.replace("_", " ")


@dataclass(frozen=True)
class Try:
    """studied, limit in ms: really studied, and the most there may be (the former, unless said otherwise)."""

    learner: Learner
    studied: int
    limit: int


def honest(*, starts="09:00"):
    def keep(run):
        HONEST[run.__name__] = Strategy(run, starts)
        return run

    return keep


def cheat(*, starts="09:00", gains_nothing=True):
    def keep(run):
        CHEATS[run.__name__] = Strategy(run, starts, gains_nothing)
        return run

    return keep


# --- honest -----------------------------------------------------------------------------------------------


@honest()
def one_device(world):
    """Watches and reads on one computer, with a rest in between."""
    learner = Learner(world)
    page = learner.device().open()
    page.watch(world.between(200, 500))
    world.wait(world.between(70, 300))
    page.read(TEXT_SECONDS * 4 // 5, pace=1.25)
    page.close()
    return learner


@honest()
def two_devices_in_turn(world):
    """Phone and computer in turn, both left open; taps "count here" some seconds after the page says it does not."""
    learner = Learner(world)
    pages = [learner.device("computer").open(0), learner.device("phone").open(1)]
    for turn in range(6):
        pages[turn % 2].watch(world.between(90, 240))
        world.wait(world.between(1, 60))
    for page in pages:
        page.close()
    return learner


@honest()
def line_lost(world):
    """A phone in the underground: the line goes after opening and comes back at the end; everything is sent late."""
    learner = Learner(world)
    phone = learner.device("phone")
    page = phone.open()
    page.watch(world.between(5, 100))
    phone.online = False
    page.watch(world.between(300, 900))
    page.leave()
    world.wait(world.between(100, 400))
    page.visible = True
    page.back()
    page.watch(world.between(30, 120))
    phone.online = True
    world.wait(world.between(40, 60))
    page.close()
    return learner


@honest()
def bad_line(world):
    """Every third request or its answer is lost and is sent again."""
    learner = Learner(world)
    world.losses = 0.33
    page = learner.device("phone").open()
    page.watch(world.between(300, 600), speed=1.25)
    world.losses = 0.0
    world.wait(MINUTE)
    page.close()
    return learner


@honest()
def closes_the_tab(world):
    """Closes the tab without waiting, again and again; two of five farewells wait for the next page."""
    learner = Learner(world)
    world.beacons = 0.6
    laptop = learner.device()
    for visit in range(8):
        page = laptop.open(visit % 2)
        page.watch(world.between(7, 100), at=visit * 100)
        page.close()
        world.jump(world.between(1, 200))
    world.beacons = 1.0
    page = laptop.open(2)
    world.wait(5)
    page.close()
    return learner


@honest()
def fast_video_with_seeks(world):
    """Video at 1.5 to 2 times the speed, seeking to and fro, some of it twice."""
    learner = Learner(world)
    page = learner.device("tablet").open()
    for speed in (1.5, 2.0, 1.75, 2.0, 1.5):
        page.watch(world.between(40, 120), speed=speed, at=world.between(0, VIDEO_SECONDS - 300))
    page.watch(world.between(60, 120), speed=2.0, at=0)
    page.close()
    return learner


@honest()
def quick_reader(world):
    """Reads a text faster than reckoned, up to three times: what the time spent carries at the permitted speed."""
    learner = Learner(world)
    page = learner.device("phone").open()
    pace = world.rng.choice([1.25, 2.0, 3.0])
    page.read(round(TEXT_SECONDS / pace), pace=pace)
    page.close()
    return learner


@honest(starts="23:50")
def across_midnight(world):
    """Studies over midnight in Shanghai; each day gets its own share."""
    learner = Learner(world)
    page = learner.device().open()
    page.watch(world.between(900, 1150))
    page.close()
    return learner


@honest()
def a_week_offline(world):
    """Opens the lesson, goes out to sea, studies there within the day, and has a line again after a week."""
    learner = Learner(world)
    tablet = learner.device("tablet")
    page = tablet.open()
    page.watch(world.between(5, 20))
    tablet.online = False
    page.watch(world.between(300, 700), speed=1.5)
    page.leave()
    world.jump(world.between(2, 9) * HOUR)
    page.back()
    page.read(TEXT_SECONDS * 2 // 3, pace=1.5)
    page.close()
    world.jump(7 * 24 * HOUR)
    tablet.online = True
    tablet.open(1)
    world.wait(3)
    return learner


@honest()
def offline_on_the_phone_after_the_desk_was_closed(world):
    """Opened on the phone; on at the desk, which is closed; on on the phone without a line. Half of the time back at
    the desk before the phone has a line again."""
    learner = Learner(world)
    phone = learner.device("phone")
    page = phone.open()
    page.watch(world.between(5, 60))
    page.leave()
    desk = learner.device().open(1)
    desk.watch(world.between(60, 300))
    desk.close()
    phone.online = False
    world.wait(world.between(1, 300))
    page.back()
    page.read(TEXT_SECONDS * 4 // 5, pace=1.25)
    page.leave()
    world.wait(world.between(1, 60))
    page.back()
    page.watch(world.between(200, 400))
    page.leave()
    world.jump(world.between(60, 3600))
    if world.rng.random() < 0.5:
        desk = learner.device().open(2)
        desk.watch(world.between(60, 200))
        desk.close()
    phone.online = True
    page.back()
    world.wait(world.between(5, 40))
    page.close()
    return learner


@honest(starts="07:30")
def open_all_day(world):
    """A page that stays open for thirteen hours and is used now and then: it renews its session by itself."""
    learner = Learner(world)
    page = learner.device().open()
    for _ in range(4):
        page.watch(world.between(60, 200))
        world.wait(3 * HOUR + world.between(0, 600))
    page.watch(world.between(60, 200))
    page.close()
    return learner


# --- cheats: what may gain nothing at all ----------------------------------------------------------------


def well_studied(world, *, place=0, online=True):
    """Some minutes at twice the speed, all of it counted: (learner, device, page). Nothing is left open to lies."""
    learner = Learner(world)
    device = learner.device()
    device.online = online
    page = device.open(place)
    page.watch(world.between(200, 400), speed=2.0)
    page.close()
    return learner, device, page


def video_of(page):
    return next(iter(page.lengths if hasattr(page, "lengths") else page.progress.lengths))


def whole(page):
    """Coverage that claims everything a lesson holds."""
    return {block: [[0, ms]] for block, ms in page.lengths.items()}


@cheat()
def replay(world):
    """Sends every report again, as it was and under new numbers. Hopes that minutes are added up as they come."""
    learner, device, _page = well_studied(world)
    for again in range(1, 4):
        for sent in device.sent:
            learner.says(sent)
            learner.says(sent | {"seq": sent["seq"] + 1000 * again, "state": "here"})
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def reorder(world):
    """Keeps everything back and sends it backwards, shuffled, and once more. Hopes that totals are differences."""
    learner, device, _page = well_studied(world, online=False)
    kept = [entry["body"] for entry in device.outbox]
    for again in range(3):
        world.rng.shuffle(kept)
        for sent in sorted(kept, key=lambda sent: -sent["seq"]) if again == 1 else kept:
            learner.says(sent | {"seq": sent["seq"] + 1000 * again})
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def six_windows(world):
    """Six lessons play side by side at twice the speed, and a script takes over for each in turn. Hopes for six hours
    an hour."""
    learner = Learner(world)
    windows = [learner.device().open(place) for place in range(LESSONS)]
    world.pages.clear()
    last = 0
    for seq in range(1, 21):
        world.jump(world.between(10, 40))
        learner.takes_over(world.rng.choice(windows).session)
        # Two claims in one moment are a millisecond apart, and the model knows only whole seconds.
        world.jump(1)
        now = world.second * SECOND
        for window in windows:
            covered = {video_of(window): [[last * 2, now * 2]]}
            state = world.rng.choice(["here", "here", "late"])
            learner.says(
                body(window.session, seq, until=now, active=[[last, now]], coverage=covered, state=state)
            )
        last = now
    for window in windows:
        world.jump(1)
        learner.says(body(window.session, 99, until=now, coverage=whole(window), state="leaving"))
    one_window = min(2 * now, VIDEO_SECONDS * SECOND * LESSONS + TEXT_SECONDS * SECOND)
    return Try(learner, one_window, one_window)


@cheat()
def the_same_time_twice(world):
    """An old page of another lesson, opened before, claims the minutes studied here. Hopes to be paid twice."""
    learner = Learner(world)
    other = opened(learner.item, 1, kind="phone")
    world.jump(world.between(100, 1000))
    page = learner.device().open()
    learner.takes_over(page.session)
    page.watch(world.between(200, 400), speed=2.0)
    spent = [[(page.opened_at) * SECOND, world.second * SECOND]]
    page.close()
    for state in ("late", "here"):
        learner.says(
            body(
                other.session,
                1 if state == "late" else 2,
                until=world.second * SECOND,
                active=spent,
                coverage={video_of(other): [[0, VIDEO_SECONDS * SECOND]]},
                state=state,
            )
        )
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def the_open_turn(world):
    """Five pages opened before, and left, claim the minutes that were studied on a phone without a line after the desk
    was closed, and those at the desk; before the phone reports, and afterwards. Hopes that nobody's time is everybody's.
    """
    learner = Learner(world)
    others = []
    for place in range(2, LESSONS):
        others.append((opened(learner.item, place, kind="tablet"), world.second))
        world.jump(world.between(100, 200))
    phone = learner.device("phone")
    page = phone.open()
    page.watch(world.between(5, 30), speed=2.0)
    page.leave()
    desk = learner.device().open(1)
    began = world.second
    desk.watch(world.between(60, 300), speed=2.0)
    spent = [(began, world.second)]
    desk.close()
    phone.online = False
    world.wait(world.between(1, 100))
    page.back()
    began = world.second
    page.watch(world.between(200, 400), speed=2.0)
    spent.append((began, world.second))
    page.leave()
    world.jump(world.between(100, 1000))
    for turn in (1, 2):
        for other, since in others:
            learner.says(
                body(
                    other.session,
                    turn,
                    until=(world.second - since) * SECOND,
                    active=[[(start - since) * SECOND, (end - since) * SECOND] for start, end in spent],
                    coverage=whole(other.progress),
                    state=world.rng.choice(["late", "late", "here", "leaving"]),
                )
            )
            # Two claims in one moment are a millisecond apart, and the model knows only whole seconds.
            world.jump(1)
        phone.online = True
        page.back()
        page.leave()
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def same_tab_reopened(world):
    """Reloads the lesson every few seconds; each session claims all the time since. Hopes that they add up."""
    learner = Learner(world)
    began = world.second
    sessions = []
    for _ in range(12):
        found = opened(learner.item, 1, device="one", tab="one")
        sessions.append((found, world.second))
        world.jump(world.between(5, 30))
    for found, since in sessions:
        spent = (world.second - since) * SECOND
        learner.says(
            body(found.session, 1, until=spent, coverage=whole(found.progress), state="late"),
        )
    once = min(2 * (world.second - began), VIDEO_SECONDS) * SECOND
    return Try(learner, once, once)


@cheat()
def the_future(world):
    """Claims the coming hour, in reports that end in it. Hopes that the page's clock is believed."""
    learner, _device, page = well_studied(world)
    now = page.clock * SECOND
    for seq, ahead in enumerate((1, 3, 60, 3600, 11 * HOUR), 500):
        end = now + ahead * SECOND
        learner.says(body(page.session, seq, until=end, active=[[now, end]], coverage=whole(page)))
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def clock_years_off(world):
    """Says to be open for years, or before it was opened. Hopes that far enough off slips past the bounds."""
    learner, _device, page = well_studied(world)
    day = 24 * HOUR * SECOND
    tries = [
        {"elapsed_ms": 3 * 365 * day},
        {"elapsed_ms": 390 * day, "active": [[0, day]]},
        {"elapsed_ms": 390 * day, "active": [[380 * day, 390 * day]]},
        {"elapsed_ms": -5 * 365 * day},
        {"elapsed_ms": 0, "active": [[-day, 0]]},
        {"elapsed_ms": 2**63, "active": [[2**62, 2**63]]},
    ]
    for seq, change in enumerate(tries, 500):
        learner.says(body(page.session, seq, until=0, active=[], coverage=whole(page)) | change)
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def forged_token(world):
    """Makes up a session's signature. Hopes that nobody checks it."""
    learner, device, page = well_studied(world)
    uuid = page.session.uuid.hex
    real = token_for(uuid)
    for seq, token in enumerate(
        (
            uuid,
            f"{uuid}:",
            f"{uuid}:{'A' * 43}",
            real[:-1] + ("A" if real[-1] != "A" else "B"),
            Signer(key="guessed", salt="rongtong.study.session").sign(uuid),
            Signer(salt="another.purpose").sign(uuid),
            "x" * 500,
            None,
        ),
        500,
    ):
        learner.says(device.sent[-1] | {"session": token, "seq": seq})
    assert learner.codes["taken"] == 0
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def somebody_elses_session(world):
    """Reports with a friend's token, takes over for them, opens a page in their course. Hopes to be paid for it."""
    learner, _device, _page = well_studied(world)
    friend = enrolment(release=world.release)
    theirs = opened(friend)
    world.jump(300)
    for seq in range(1, 5):
        learner.says(body(theirs.session, seq, until=300 * SECOND, coverage=whole(theirs.progress)))
    learner.takes_over(theirs.session)
    try:
        open_session(learner.user, friend, theirs.session.lesson.uuid, device="d", device_kind="phone")
    except Refusal as refusal:
        learner.codes[refusal.code] += 1
    assert learner.codes == {"other_person": 4, "unknown_session": 1, "not_found": 1}
    assert LessonProgress.objects.get(person=friend.person).counted_ms == 0
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def same_number_other_content(world):
    """Sends a better version of every report under its number. Hopes that the last word wins."""
    learner, device, page = well_studied(world)
    for sent in device.sent:
        learner.says(sent | {"coverage": whole(page)})
        learner.says(sent | {"active": [[0, sent["elapsed_ms"]]], "active_ms_total": 10**9})
    assert learner.codes == {"seq_reused": 2 * len(device.sent)}
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def negative_and_overlapping(world):
    """Intervals that run backwards, below zero, over each other. Hopes that their lengths are added blindly."""
    learner, _device, page = well_studied(world)
    block, until = video_of(page), page.clock * SECOND
    twisted = [
        [[-until, until]],
        [[until, 0]],
        [[0, until], [0, until]],
        [[0, 2000], [1000, until]],
        [[5, 5]],
    ]
    for seq, ranges in enumerate(twisted, 500):
        learner.says(body(page.session, seq, until=until, active=ranges, active_ms_total=0))
        learner.says(body(page.session, seq, until=until, active=[], coverage={block: ranges}))
    assert learner.codes == {"bad_report": 2 * len(twisted)}
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def inflated_total(world):
    """Puts a day into the cumulative figure of every report. Hopes that it is what counts."""
    learner, _device, page = well_studied(world)
    until = page.clock * SECOND
    for seq in range(500, 505):
        learner.says(
            body(page.session, seq, until=until, active=[], active_ms_total=seq * 1000 * SECOND)
            | {"elapsed_ms": until + seq}
        )
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def coverage_without_time(world):
    """Claims the whole course, without a second spent on it. Hopes that coverage alone makes hours."""
    learner = Learner(world)
    for place in range(LESSONS):
        page = opened(learner.item, place)
        world.jump(2)
        learner.says(body(page.session, 1, until=0, active=[], coverage=whole(page.progress)))
    return Try(learner, 0, 0)


@cheat()
def time_without_coverage(world):
    """A page that is moved by a script for an hour and shows nothing new. Hopes that presence is study."""
    learner = Learner(world)
    page = opened(learner.item)
    for seq in range(1, 61):
        world.jump(MINUTE)
        now = seq * MINUTE * SECOND
        learner.says(body(page.session, seq, until=now, active=[[now - MINUTE * SECOND, now]]))
    return Try(learner, 0, 0)


@cheat()
def content_of_elsewhere(world):
    """Claims blocks of other lessons and seconds beyond a video's end. Hopes to fill time with them."""
    learner = Learner(world)
    page = opened(learner.item, 1)
    other = opened(learner.item, 2).progress.lengths
    world.jump(HOUR)
    long = VIDEO_SECONDS * SECOND
    claimed = {
        video_of(page): [[long, 5 * long]],
        "0" * 36: [[0, long]],
        **{block: [[0, ms]] for block, ms in other.items()},
    }
    learner.says(body(page.session, 1, until=HOUR * SECOND, coverage=claimed))
    return Try(learner, 0, 0)


@cheat()
def oversized(world):
    """Reports of a hundred thousand intervals, blocks and bytes. Hopes that something gives way."""
    learner, _device, page = well_studied(world)
    until = page.clock * SECOND
    many = [[2 * i, 2 * i + 1] for i in range(50_000)]
    for seq, change in enumerate(
        (
            {"active": many},
            {"active": many[:501]},
            {"coverage": {video_of(page): many[:501]}},
            {"coverage": {f"block-{number}": [[0, 1]] for number in range(201)}},
            {"coverage": {"b" * 65: [[0, 1]]}},
            {"position": {"block": "b" * 70_000, "ms": 0}},
        ),
        500,
    ):
        learner.says(body(page.session, seq, until=until, active=[]) | change)
    assert learner.codes == {"too_large": 2, "bad_report": 4}
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def kept_for_too_long(world):
    """Sends an hour of a page opened a month ago. Hopes that lateness has no end."""
    learner = Learner(world)
    page = opened(learner.item)
    world.jump(30 * 24 * HOUR + 1)
    learner.says(body(page.session, 1, until=HOUR * SECOND, coverage=whole(page.progress)))
    assert learner.codes == {"too_late": 1}
    return Try(learner, 0, 0)


# --- cheats that lie about one stream: at most its speed, at most the content ------------------------------


@cheat(gains_nothing=False, starts="22:00")
def idle_all_night(world):
    """Leaves a text open and goes to bed. Hopes that an open page counts; it does until the rule calls it idle."""
    learner = Learner(world)
    page = learner.device().open()
    page.on_screen = "text"
    world.wait(9 * HOUR)
    page.close()
    return Try(learner, 0, 2 * page.rule.idle_ms)


@cheat(gains_nothing=False)
def the_whole_lesson_at_once(world):
    """After some minutes a script claims to have met everything. Hopes for the lesson; gets those minutes twice."""
    learner = Learner(world)
    page = opened(learner.item)
    spent = world.between(100, 500)
    world.jump(spent)
    learner.says(body(page.session, 1, until=spent * SECOND, coverage=whole(page.progress)))
    return Try(learner, 0, 2 * spent * SECOND)


@cheat(gains_nothing=False)
def backdated(world):
    """Opens a page, goes to dinner, and claims that time afterwards. Hopes for every minute of it; nobody can tell it
    from an hour offline, and it is never more than the one stream there was."""
    learner = Learner(world)
    page = opened(learner.item, 1)
    away = world.between(100, 550)
    world.jump(away)
    learner.says(body(page.session, 1, until=away * SECOND, coverage=whole(page.progress), state="late"))
    learner.says(
        body(page.session, 2, until=away * SECOND, active=[[0, away * SECOND]], coverage=whole(page.progress))
    )
    return Try(learner, 0, 2 * away * SECOND)


@cheat(gains_nothing=False)
def hoarded_sessions(world):
    """Opens every lesson on a device of its own and claims eleven hours for each at the end of the day. Hopes for
    sixty-six; the one stream was the first page's, and that lesson has an end."""
    learner = Learner(world)
    pages = [opened(learner.item, place) for place in range(LESSONS)]
    world.jump(11 * HOUR)
    for page in pages:
        learner.says(
            body(page.session, 1, until=11 * HOUR * SECOND, coverage=whole(page.progress), state="late")
        )
    return Try(learner, 0, (VIDEO_SECONDS + TEXT_SECONDS) * SECOND)


@cheat(gains_nothing=False)
def four_times_the_speed(world):
    """Plays a video at four times the speed with a changed player. Hopes that four minutes fit into one."""
    learner = Learner(world)
    page = opened(learner.item, 1)
    step, last = 20, 0
    for seq in range(1, 15):
        world.jump(step)
        now = seq * step * SECOND
        covered = {video_of(page): [[last * 4, now * 4]]}
        learner.says(body(page.session, seq, until=now, active=[[last, now]], coverage=covered))
        last = now
    return Try(learner, 0, 2 * now)
