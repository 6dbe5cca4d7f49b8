"""What others may know of questions: the names of the rules they are marked by."""

from courses.questions.rules import PAIRS, PLACES

__all__ = ["PAIRS", "PLACES"]
