"""Study under download tickets: a week of it, honestly; and tickets copied, replayed, inflated, forged and run out."""

from tests.factories.learning import SECOND
from tests.learning.study.along import Along, says_part
from tests.learning.study.learners import HOUR, TEXT_SECONDS, VIDEO_SECONDS, Learner
from tests.learning.study.ways import Try, cheat, honest

DAY = 24 * HOUR


@honest(starts="08:00")
def a_week_with_lessons_taken_along(world):
    """Two lessons on a tablet, away for a week, some study each day, one evening at a desk with a line. Handed in after
    the week: in any order, some of it twice, one part after the other of one page late.
    """
    learner = Learner(world)
    tablet = learner.device("tablet")
    along = []
    for place in (0, 1):
        along.append(taken_along(tablet, place))
        # Not in the same second: the model would have to look at every millisecond of the week.
        world.jump(world.between(5, 60))
    for day in range(6):
        world.jump(DAY - 2 * HOUR + world.between(0, HOUR))
        page = along[day % 2].open()
        page.watch(world.between(90, 180), speed=1.25, at=day // 2 * 180)
        page.close()
        if day == 3:
            world.jump(HOUR)
            desk = learner.device().open(2)
            desk.watch(world.between(60, 200))
            desk.close()
    world.jump(DAY)
    parts = [(item, part) for item in along for part in item.parts]
    world.rng.shuffle(parts)
    for item, part in [*parts, *parts[::3]]:
        says_part(learner, item.token, part)
    assert learner.codes["repeated"] == len(parts[::3])
    return learner


def taken_along(device, place=0):
    """From the lesson's own page, which is closed then. Under the eyes of a page, seconds count; here none pass."""
    device.open(place).close()
    return Along(device, place)


def studied(world, place=0):
    """Some minutes under a ticket at twice the speed, so that any gain would show; nothing handed in yet."""
    learner = Learner(world)
    along = taken_along(learner.device("phone"), place)
    world.jump(HOUR)
    page = along.open()
    page.watch(world.between(200, 400), speed=2.0)
    page.close()
    world.jump(HOUR)
    return learner, along


@cheat()
def one_ticket_on_two_devices(world):
    """Studies on the phone, and has copied lesson and ticket to a second device that runs at the same time, further on in
    the video. Hopes that each device counts.
    """
    learner, along = studied(world)
    copied, shift = along.key(), 600 * SECOND
    along.hand_in()
    for part in along.parts:
        further = {
            block: [[start + shift, end + shift] for start, end in pairs]
            for block, pairs in part["coverage"].items()
        }
        says_part(learner, along.token, part, key=copied, coverage=further)
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def ticket_parts_replayed_reordered_inflated(world):
    """Hands in what was studied backwards and again, then again with more in it, under the same numbers and under new ones
    that name no further time. Hopes that one of these adds something.
    """
    learner, along = studied(world)
    backwards = along.parts[::-1]
    along.hand_in(backwards)
    along.hand_in(along.parts)
    lengths = along.issued.progress.lengths
    whole = {block: [[0, ms]] for block, ms in lengths.items()}
    for number, part in enumerate(along.parts):
        says_part(learner, along.token, part, coverage=whole, active_ms_total=part["active_ms_total"] * 3)
        says_part(learner, along.token, part, seq=1000 + number, coverage=whole)
        # Longer than the time there was: what lies after the arrival is not there yet.
        says_part(learner, along.token, part, seq=2000 + number, active=[], elapsed_ms=20 * HOUR * SECOND)
    assert learner.codes["seq_reused"] == len(along.parts)
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat()
def tickets_forged_run_out_and_of_somebody_else(world):
    """Signs a ticket with a key of their own, uses a friend's, and begins an hour after the ticket has run out. Hopes that
    nobody looks at tickets.
    """
    learner, along = studied(world)
    along.hand_in()
    friend = taken_along(Learner(world).device("phone"))
    along.hand_in(token=along.token[:-3] + "abc")
    along.hand_in([part | {"key": along.key()} for part in along.parts], token=friend.token)
    world.jump(15 * DAY)
    late = {"key": along.key(), "since_ms": (14 * DAY + HOUR) * SECOND}
    along.hand_in([part | late for part in along.parts])
    number = len(along.parts)
    assert [learner.codes[code] for code in ("bad_ticket", "other_person", "ticket_expired")] == [number] * 3
    return Try(learner, learner.studied_ms, learner.studied_ms)


@cheat(gains_nothing=False)
def a_week_claimed_under_a_ticket(world):
    """Takes a lesson along, never opens it, and claims ten hours of it a week later. Hopes for ten; nobody can tell a device
    without a line from one that lies, and the lesson has an end. (Where there is a quiz, nothing counts before it.)
    """
    learner = Learner(world)
    along = taken_along(learner.device("phone"))
    world.jump(7 * DAY)
    whole = {block: [[0, ms]] for block, ms in along.issued.progress.lengths.items()}
    length = 10 * HOUR * SECOND
    part = {
        "seq": 1,
        "elapsed_ms": length,
        "active_ms_total": length,
        "active": [[0, length]],
        "inactive": [],
        "coverage": whole,
        "key": along.key(),
        "since_ms": DAY * SECOND,
        "lasted_ms": length,
    }
    says_part(learner, along.token, part)
    return Try(learner, 0, (VIDEO_SECONDS + TEXT_SECONDS) * SECOND)
