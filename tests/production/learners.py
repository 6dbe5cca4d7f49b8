"""Learners with a course and a signed-in browser each, made in the shape's own database: prints them as JSON.

`python -m tests.production.learners 4` with the shape's environment; test_kills.py calls it.
"""

import json
import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")
    import django

    django.setup()
    from courses.models import CourseVideo
    from tests.bench.data import people, session_cookie
    from tests.factories.courses import released_course
    from tests.factories.learning import enrolment

    film = CourseVideo.objects.create(title="示范", file="videos/demo.mp4", duration_ms=4 * 3600 * 1000)
    video = ("video", {"video": film, "title": "示范"})
    number = os.urandom(4).hex()
    release = released_course(
        [[video], [video]], code=f"kills-{number}", slug=f"kills-{number}", title=f"断电演练 {number}"
    )
    lessons = [str(lesson.uuid) for lesson in release.lessons.all()]
    made = []
    for user in people(int(sys.argv[1])):
        item = enrolment(user, release)
        made.append(
            {
                "person": str(user.uuid),
                "cookie": session_cookie(user),
                "enrolment": str(item.uuid),
                "lessons": lessons,
            }
        )
    print(json.dumps(made))


if __name__ == "__main__":
    main()
