"""What an employer had to set aside, and what came of it: plain functions over plain values. Money in fen, shares in hundredths of a percent."""

from dataclasses import dataclass

WHOLE = 10_000  # hundredths of a percent


def part(fen: int, rate: int) -> int:
    """A share of an amount, in fen; a fraction of a fen is rounded up, as 足额 asks."""
    return -(-fen * rate // WHOLE)


def share(part_fen: int, of_fen: int) -> int | None:
    """Hundredths of a percent, rounded down; None of nothing."""
    return part_fen * WHOLE // of_fen if of_fen else None


@dataclass(frozen=True)
class Stated:
    """A year's figures, in fen: wages, set aside for training, used, used for the front line."""

    wages: int
    set_aside: int
    used: int
    frontline: int


def fault(said: Stated) -> str:
    """The field that cannot be, "" where all can. More may be used than was set aside in the year: what was left of years before."""
    if said.wages <= 0:
        return "wages_fen"
    if not 0 <= said.set_aside <= said.wages:
        return "set_aside_fen"
    if said.used < 0:
        return "used_fen"
    return "" if 0 <= said.frontline <= said.used else "frontline_fen"


@dataclass(frozen=True)
class Standing:
    """required: to set aside, None where no ratio is set; shortfall: what is missing of it, None likewise; used: share of what was set aside;
    frontline: share of what was used; frontline_missing: fen that the front line's share misses, None where no share is set."""

    required: int | None
    shortfall: int | None
    used: int | None
    frontline: int | None
    frontline_missing: int | None

    @property
    def meets(self) -> bool | None:
        """Whether everything that is set is met; None where nothing is set."""
        asked = [missing for missing in (self.shortfall, self.frontline_missing) if missing is not None]
        return not any(asked) if asked else None


def standing(said: Stated, rate: int | None, frontline_rate: int | None) -> Standing:
    required = None if rate is None else part(said.wages, rate)
    least = None if frontline_rate is None else part(said.used, frontline_rate)
    return Standing(
        required=required,
        shortfall=None if required is None else max(required - said.set_aside, 0),
        used=share(said.used, said.set_aside),
        frontline=share(said.frontline, said.used),
        frontline_missing=None if least is None else max(least - said.frontline, 0),
    )
