"""Cheats that may gain nothing at all: beside some minutes of study at twice the speed, or without any."""

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
)
from tests.learning.study.ways import Try, cheat


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
