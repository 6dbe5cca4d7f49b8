"""Cheats that lie about one stream: at most its speed, at most the content, at most until they are asked."""

from lms.learning.study.models import LessonProgress
from lms.learning.study.presence.models import PresencePrompt
from tests.factories.learning import SECOND, body, opened
from tests.learning.study.learners import (
    HOUR,
    LESSONS,
    TEXT_SECONDS,
    VIDEO_SECONDS,
    Learner,
)
from tests.learning.study.ways import Try, cheat, often_asked
from tests.learning.study.ways_cheating import video_of, whole


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


def until_asked_in_vain(page):
    """ms from the opening of a page to the end of the first question that nobody answered."""
    return PresencePrompt.objects.get(session=page.session).expires_ms - page.session.opened_ms


@cheat(gains_nothing=False)
def leaves_the_video_playing(world):
    """Watches for two minutes and goes away; the video plays on to an empty chair. Hopes for all of it, then comes back
    and sits before what was played already, so that the time fits. Gets nothing from when the question was over."""
    often_asked()
    learner = Learner(world)
    page = learner.device().open(1)
    page.watch(120)
    page.alone = True
    page.watch(world.between(700, 900))
    limit = until_asked_in_vain(page)
    assert LessonProgress.objects.get(person=learner.user).counted_ms <= limit
    page.alone = False
    page.confirm()
    spent = world.between(30, 60)
    page.watch(spent)
    page.doing, page.on_screen = None, ""
    world.wait(200)
    page.close()
    return Try(learner, learner.studied_ms, limit + spent * SECOND)


@cheat(gains_nothing=False)
def the_deaf_script(world):
    """A script reports twice the speed for an hour and hears no question. Hopes that nobody minds."""
    rule = often_asked()
    learner = Learner(world)
    page = opened(learner.item, 1)
    last = 0
    for seq in range(1, 121):
        world.jump(30)
        now = world.second * SECOND
        covered = {video_of(page): [[2 * last, 2 * now]]}
        learner.says(body(page.session, seq, until=now, active=[[last, now]], coverage=covered))
        last = now
    limit = until_asked_in_vain(page)
    assert limit <= rule.presence_every_ms + rule.presence_answer_ms + 30 * SECOND
    learner.says(body(page.session, 999, until=last, coverage=whole(page.progress)))
    return Try(learner, 0, 2 * limit)
