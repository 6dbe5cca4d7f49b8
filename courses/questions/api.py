"""What others may know of questions: the names of the rules they are marked by."""

from courses.questions.rules import PAIRS

__all__ = ["PAIRS"]
