"""What the platform offers that would bring hours: handed in as plain values by who knows the courses.

The credit bank knows neither a page nor a player; whoever does registers a provider (`creditbank.api.register_offers`).
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from lms.accounts.api import User


@dataclass(frozen=True)
class Offer:
    """A course that is open. centihours: what its completion posts; unit: of `outcomes.rules.HOUR_UNITS`.

    starts_on None: at any time. address: of its page, on this site.
    """

    id: str
    title: str
    centihours: int
    unit: str
    address: str
    kind: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


class Provider(Protocol):
    def __call__(self, user: User | None, day: date) -> list[Offer]:
        """The courses open from a day on, without those that the user has completed; None: of nobody in particular."""
        ...


_providers: list[Provider] = []


def register_offers(provider: Provider) -> None:
    """Where offers come from; registered once, whenever it is imported again."""
    if provider not in _providers:
        _providers.append(provider)


def offers_for(user: User | None, day: date) -> list[Offer]:
    """All providers' offers, the greatest first, each id once."""
    found = {offer.id: offer for provider in _providers for offer in provider(user, day)}
    return sorted(found.values(), key=lambda offer: (-offer.centihours, offer.id))
