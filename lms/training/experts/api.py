"""What other rooms may know of the register of experts."""

from lms.training.experts.queries import deciding, on_register, pool, tied_people, tied_to, ties
from lms.training.experts.services import NewExpert, answer, enter, refused

__all__ = [
    "NewExpert",
    "answer",
    "deciding",
    "enter",
    "on_register",
    "pool",
    "refused",
    "tied_people",
    "tied_to",
    "ties",
]
