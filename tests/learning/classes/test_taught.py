"""What a teacher has done in classes stands when the class is over (372号 四(四))."""

from datetime import datetime

import pytest

from lms.learning.api import taught_by
from lms.learning.classes import services
from lms.lib.clock import SHANGHAI
from tests.learning.classes.classroom import Classroom

pytestmark = pytest.mark.django_db


def test_a_class_stands_there_when_it_is_over(clock):
    room = Classroom()
    place = room.learner()
    room.began()
    clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
    room.present(place)
    assert taught_by(room.teacher) == []
    services.move(room.teacher, room.run, "end")
    (row,) = taught_by(room.teacher)
    assert (row.run, row.meetings, row.sheets) == (room.run.uuid, 2, 0)
    assert taught_by(place.person) == []
