"""The whole way, written once for both shapes: a course found, studied, counted, certified and credited.

`Walk` is collected through its subclasses, whose modules offer a fixture `site`. Its tests share one site and one
learner and stand in the order of the way; each can also be asked for alone.
"""

from tests.browser.learners_way import LearnersWay
from tests.browser.staffs_way import StaffsWay


class Walk(StaffsWay, LearnersWay):
    """Steps 1 to 10 of the whole way. The learner's tests come first: pytest collects the last base before the others."""
