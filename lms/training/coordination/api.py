"""What other rooms may know of the coordination group."""

from lms.training.coordination.queries import Decision, decision, register_waits
from lms.training.coordination.services import NewMember, decided, name_member, state_opinion, tell_members

__all__ = [
    "Decision",
    "NewMember",
    "decided",
    "decision",
    "name_member",
    "register_waits",
    "state_opinion",
    "tell_members",
]
