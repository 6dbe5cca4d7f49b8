"""How people study: on one device and on two, without a line, in bits, by night, and asked whether they are there."""

from tests.learning.study.learners import (
    HOUR,
    MINUTE,
    TEXT_SECONDS,
    VIDEO_SECONDS,
    Learner,
)
from tests.learning.study.ways import honest, often_asked


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


@honest()
def asked_and_answered_in_their_own_time(world):
    """Asked every few minutes: taps at once, taps without a line (sent long after), and taps too late, in any order."""
    often_asked()
    learner = Learner(world)
    device = learner.device("phone")
    page = device.open()
    ways = ["at once", "without a line", "too late"]
    world.rng.shuffle(ways)
    for way in ways:
        while page.prompt is None:
            page.watch(10)
        if way == "at once":
            page.watch(world.between(1, 30))
            page.confirm()
        elif way == "without a line":
            device.online = False
            page.watch(world.between(10, 60))
            page.confirm()
            page.watch(world.between(150, 220))
            device.online = True
        else:
            while not page.shut:
                page.watch(5)
            # Looks on for a while, unmeasured; the page says since when.
            page.watch(world.between(20, 60))
            page.confirm()
        page.watch(10)
    page.watch(60)
    page.close()
    return learner
