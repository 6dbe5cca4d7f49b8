"""Every way of studying and of cheating that the simulator plays, by name; ways.py says what each returns."""

# Reading them keeps them.
from tests.learning.study import ways_along, ways_cheating, ways_honest, ways_lying  # noqa: F401
from tests.learning.study.ways import CHEATS, HONEST, Try

__all__ = ["CHEATS", "HONEST", "Try"]
