"""The best choice of pairs as an integer programme, for parts too big to be searched; solved by HiGHS.

Owns: the programme's rows, and the stages in which the order of `solve.py` is asked for (each stage keeps what the ones
before it reached). Floating point ends here: an answer is read as integers, checked as integers, and refused
(`Unproven`) if a constraint breaks or the solver's bound leaves room for a better one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from creditbank.rules.pairs import Choice, Pair, Unproven, by, check, fill, most_of

# A programme of this kind takes milliseconds; one that takes this long is refused rather than waited for.
LONGEST_SECONDS = 20.0
# Places of the order asked for at once: their weights are powers of two, far within what tolerances leave exact.
PLACES_AT_ONCE = 16

Terms = dict[int, int]


class _Programme:
    """Columns and rows as they grow; all columns are integers with lower bound 0."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self.pairs = pairs
        self.upper: list[int] = []
        self.rows: list[tuple[Terms, float, float]] = []
        self.x = {pair.place: self.column(1) for pair in pairs}
        self.k = {pair.place: self.column(pair.most // pair.step) for pair in pairs if pair.most}
        self.spent: dict[str, Terms] = {}
        self._amounts()
        self._achievements()
        self._once()
        self._caps()

    def column(self, upper: int) -> int:
        self.upper.append(upper)
        return len(self.upper) - 1

    def at_most(self, terms: Terms, limit: int) -> None:
        self.rows.append((terms, float("-inf"), limit))

    def at_least(self, terms: Terms, limit: int) -> None:
        self.rows.append((terms, limit, float("inf")))

    def credits(self, pairs: Iterable[Pair]) -> Terms:
        terms: Terms = {}
        for pair in pairs:
            if pair.fixed:
                terms[self.x[pair.place]] = pair.fixed
            if pair.most:
                terms[self.k[pair.place]] = pair.step
        return terms

    def _amounts(self) -> None:
        for pair in self.pairs:
            if pair.most:
                x, k = self.x[pair.place], self.k[pair.place]
                self.at_most({k: 1, x: -(pair.most // pair.step)}, 0)
                if pair.needs_part:
                    self.at_most({x: 1, k: -1}, 0)

    def any_of(self, pairs: Sequence[Pair]) -> int:
        """A column that is 1 when one of them is chosen."""
        if len(pairs) == 1:
            return self.x[pairs[0].place]
        column = self.column(1)
        for pair in pairs:
            self.at_most({self.x[pair.place]: 1, column: -1}, 0)
        return column

    def _achievements(self) -> None:
        for name, mine in by(self.pairs, "achievement").items():
            terms: Terms = {self.x[pair.place]: 1 for pair in mine if not pair.shares}
            sharing = [pair for pair in mine if pair.shares]
            if sharing:
                terms[self.any_of(sharing)] = 1
                for same in by(sharing, "rule").values():
                    self.once(same)
            self.at_most(terms, 1)
            self.spent[name] = terms

    def once(self, pairs: Sequence[Pair]) -> None:
        if len(pairs) > 1:
            self.at_most({self.x[pair.place]: 1 for pair in pairs}, 1)

    def _once(self) -> None:
        claims: dict[str, list[Pair]] = defaultdict(list)
        for pair in self.pairs:
            for claim in pair.claims:
                claims[claim].append(pair)
        for some in claims.values():
            self.once(some)
        for some in by([pair for pair in self.pairs if not pair.stackable], "rule").values():
            self.once(some)
        for name, some in by(self.pairs, "group").items():
            by_rule = by(some, "rule").values()
            if name and len(by_rule) > 1:
                self.at_most({self.any_of(same): 1 for same in by_rule}, 1)

    def _caps(self) -> None:
        self._capped(self.pairs, "room_all")
        for some in by(self.pairs, "issuer").values():
            self._capped(some, "room_issuer")
        for some in by(self.pairs, "rule").values():
            self._capped(some, "room_rule")

    def _capped(self, counted: Sequence[Pair], name: str) -> None:
        """Each cap holds if a pair that bears it is chosen, and then for all that are counted."""
        most = most_of(counted)
        bearing: dict[int, list[Pair]] = defaultdict(list)
        for pair in counted:
            room = getattr(pair, name)
            if room is not None and room < most:
                bearing[room].append(pair)
        bound = {pair.place for some in bearing.values() for pair in some}
        without = [pair for pair in counted if pair.worth and pair.place not in bound]
        for room, some in bearing.items():
            terms = self.credits(counted)
            if not without and room == max(bearing):
                self.at_most(terms, room)
            else:
                on = self.any_of(some)
                self.at_most(terms | {on: terms.get(on, 0) + most - room}, most)


class _Solver:
    """HiGHS with the programme loaded; asked for one objective after the other."""

    def __init__(self, programme: _Programme, seconds: float | None = None, *, near: bool = False) -> None:
        import highspy
        import numpy

        self.highspy, self.numpy, self.columns = highspy, numpy, len(programme.upper)
        # near: what was found when the time is over will do, and `proven` says that it is only that.
        self.near, self.proven = near, True
        self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.0),
            ("mip_feasibility_tolerance", 1e-8),
            ("time_limit", LONGEST_SECONDS if seconds is None else seconds),
            # From a place near the answer the search itself is short; making the programme smaller first, again for
            # each question, and looking for such places were most of the time.
            *((("presolve", "off"), ("mip_heuristic_effort", 0.0)) if near else ()),
        ):
            self.highs.setOptionValue(name, value)
        self.highs.passModel(self._model(programme))
        self.values: Any = None

    def _model(self, programme: _Programme) -> Any:
        numpy, lp = self.numpy, self.highspy.HighsLp()
        starts, index, value = [0], [], []
        for terms, _, _ in programme.rows:
            index += list(terms)
            value += list(terms.values())
            starts.append(len(index))
        lp.num_col_, lp.num_row_ = self.columns, len(programme.rows)
        lp.col_cost_ = numpy.zeros(self.columns)
        lp.col_lower_ = numpy.zeros(self.columns)
        lp.col_upper_ = numpy.array(programme.upper, dtype=float)
        lp.row_lower_ = numpy.array([low for _, low, _ in programme.rows], dtype=float)
        lp.row_upper_ = numpy.array([high for _, _, high in programme.rows], dtype=float)
        lp.a_matrix_.format_ = self.highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = numpy.array(starts, dtype=numpy.int32)
        lp.a_matrix_.index_ = numpy.array(index, dtype=numpy.int32)
        lp.a_matrix_.value_ = numpy.array(value, dtype=float)
        lp.integrality_ = [self.highspy.HighsVarType.kInteger] * self.columns
        lp.sense_ = self.highspy.ObjSense.kMaximize
        return lp

    def most(self, terms: Terms, *, keep: bool = True) -> tuple[int, list[int]]:
        """The greatest value of an objective, and a solution; kept to from here on if so wished. Raises Unproven."""
        numpy = self.numpy
        costs = numpy.zeros(self.columns)
        for column, weight in terms.items():
            costs[column] = weight
        every = numpy.arange(self.columns, dtype=numpy.int32)
        self.highs.changeColsCost(self.columns, every, costs)
        if self.values is not None:
            # What the question before this one found still holds: a place to begin at.
            self.highs.setSolution(self.columns, every, self.values)
        self.highs.run()
        optimal = self._ended()
        values = [round(value) for value in self.highs.getSolution().col_value]
        self.values = numpy.array(values, dtype=float)
        reached = sum(weight * values[column] for column, weight in terms.items())
        bound = self.highs.getInfo().mip_dual_bound
        if optimal and any(terms.values()) and not reached - 0.5 < bound < reached + 0.5:
            raise Unproven(f"solver: reached {reached}, bound {bound}")
        if keep:
            self.keep(terms, reached)
        return reached, values

    def _ended(self) -> bool:
        """Whether the last question was answered to its end. False: the time was over, and a solution was found by then
        (only of a near solver). Raises Unproven for everything else."""
        status, states = self.highs.getModelStatus(), self.highspy.HighsModelStatus
        if status == states.kOptimal:
            return True
        found = self.highs.getInfo().primal_solution_status == self.highspy.kSolutionStatusFeasible
        if not (self.near and status == states.kTimeLimit and found):
            raise Unproven(f"solver: {status}")
        self.proven = False
        return False

    def settle(self, columns: Sequence[int], values: Sequence[int]) -> None:
        for column in columns:
            self.highs.changeColBounds(column, float(values[column]), float(values[column]))

    def keep(self, terms: Terms, least: int) -> None:
        # All values are whole numbers: half of one less asks for the same and leaves tolerances their place.
        self.at_least(terms, least - 0.5)

    def at_least(self, terms: Terms, least: float) -> None:
        numpy = self.numpy
        index = numpy.array(list(terms), dtype=numpy.int32)
        value = numpy.array(list(terms.values()), dtype=float)
        self.highs.addRow(least, self.highspy.kHighsInf, len(index), index, value)


def _fewest(pairs: Sequence[Pair], missing: int) -> int:
    """How many achievements it takes at the least to bring what is missing, if nothing stood against any of them."""
    worths = sorted((most_of(mine) for mine in by(pairs, "achievement").values()), reverse=True)
    count = 0
    while missing > 0 and count < len(worths):
        missing -= worths[count]
        count += 1
    return count


def best(pairs: Sequence[Pair]) -> Choice:
    """The best choice of these pairs, each at its place. Raises Unproven."""
    programme = _Programme(pairs)
    solver = _Solver(programme)
    total, _ = solver.most(programme.credits(pairs))
    _, values = solver.most(_second(programme))
    for start in range(0, len(pairs), PLACES_AT_ONCE):
        some = pairs[start : start + PLACES_AT_ONCE]
        terms = {programme.x[pair.place]: 1 << (len(some) - 1 - n) for n, pair in enumerate(some)}
        # Different choices of these places have different sums: the best sum says which they are, for good.
        _, values = solver.most(terms, keep=False)
        solver.settle([programme.x[pair.place] for pair in some], values)
    chosen = [pair for pair in pairs if values[programme.x[pair.place]]]
    choice = fill(chosen)
    if choice is None or sum(choice.values()) != total:
        choice = _filled(programme, solver, chosen)
    if sum(choice.values()) != total:
        raise Unproven(f"solver: {sum(choice.values())} of {total}")
    return choice


def _second(programme: _Programme) -> Terms:
    """More exemptions, then fewer achievements, fewer unverified pairs, fewer pairs: one objective, weighted."""
    # No choice has more pairs than this: an achievement gives by one rule, or by its sharing ones.
    most = len(programme.spent) + sum(pair.shares for pair in programme.pairs)
    by_unverified = most + 1
    by_achievement = by_unverified * (most + 1)
    by_exemption = by_achievement * (most + 1)
    terms: Terms = defaultdict(int)
    for pair in programme.pairs:
        cost = 1 if pair.verified else 1 + by_unverified
        terms[programme.x[pair.place]] += by_exemption * pair.exemptions - cost
    for columns in programme.spent.values():
        for column in columns:
            terms[column] -= by_achievement
    return dict(terms)


def _filled(programme: _Programme, solver: _Solver, chosen: Sequence[Pair]) -> Choice:
    """The parts one after the other, as much as leaves the sum what it is: only where filling in order loses some."""
    choice = {pair.place: pair.fixed for pair in chosen}
    for pair in chosen:
        if pair.most:
            steps, values = solver.most({programme.k[pair.place]: 1}, keep=False)
            solver.settle([programme.k[pair.place]], values)
            choice[pair.place] += steps * pair.step
    return choice


def ceiling(pairs: Sequence[Pair]) -> int:
    """What no choice of these pairs gives more than: the highest of the caps on all, where each pair bears one."""
    rooms = [pair.room_all for pair in pairs if pair.worth]
    capped = max((room for room in rooms if room is not None), default=0)
    return most_of(pairs) if None in rooms else min(capped, most_of(pairs))


def shortest(
    pairs: Sequence[Pair],
    new: set[str],
    target: int,
    hours: dict[int, tuple[int, int]],
    seconds: float,
    had: int = 0,
) -> tuple[Choice, bool]:
    """The choice that reaches `target` centicredits with the fewest new achievements, then the least hours.

    Where the target is out of reach: as much of it as can be. hours: of a new pair by its place, the centihours it
    takes whole and for each step of its rate. had: the most that can be had without anything new, where that is known:
    how far that is from the target says how many new ones there must be at least.

    With it, whether it is proven: False when `seconds` were over for one of the questions asked of the solver, and the
    choice is the best one found by then. Raises Unproven where none was.
    """
    programme = _Programme(pairs)
    reached = programme.column(min(target, ceiling(pairs)))
    programme.at_most({reached: 1} | {c: -w for c, w in programme.credits(pairs).items()}, 0)
    spent = {column: -1 for name in new for column in programme.spent.get(name, ())}
    taken: Terms = {}
    for place, (whole, each) in hours.items():
        taken[programme.x[place]] = -whole
        if place in programme.k:
            taken[programme.k[place]] = -each
    solver = _Solver(programme, seconds, near=True)
    most, _ = solver.most({reached: 1})
    if spent:
        # A choice without its new achievements is one that can be had already: each brings at most its own worth.
        solver.at_least(
            dict.fromkeys(spent, 1),
            _fewest([pair for pair in pairs if pair.achievement in new], most - had) if had else 0,
        )
        solver.most(spent)
    if any(taken.values()):
        solver.most(taken)
    own = {programme.x[pair.place]: -1 for pair in pairs}
    _, values = solver.most(own)
    # Nameless hours are cut to what is needed; everything else gives what it can.
    chosen = [
        replace(pair, most=values[programme.k[pair.place]] * pair.step)
        if pair.place in programme.k and hours.get(pair.place, (0, 0))[1]
        else pair
        for pair in pairs
        if values[programme.x[pair.place]]
    ]
    choice = fill(chosen)
    if choice is None or check(pairs, choice):
        raise Unproven(f"way of {len(chosen)} from {len(pairs)} pairs")
    return choice, solver.proven
