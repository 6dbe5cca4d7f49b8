"""Digital items in plain values: any model, any sheet, any number of people."""

from hypothesis import given
from hypothesis import strategies as st

from lms.training.digital import rules
from lms.training.digital.rules import ADVANCE, OUT, Domain, Grade, Held, Rank, Rung, SheetLine, Skill

COURSES = st.frozensets(st.sampled_from("abcdef"), min_size=1, max_size=4)
RUNG = st.builds(
    Rung,
    st.sampled_from([grade.value for grade in Grade]),
    st.just("会做"),
    COURSES.map(lambda found: tuple(sorted(found))),
    st.frozensets(st.sampled_from(["2-02", "4-04"]), max_size=2).map(tuple),
)
SKILL = st.builds(
    Skill,
    st.sampled_from(["S1", "S2", "S3", "S4"]),
    st.just("能力"),
    st.lists(RUNG, min_size=1, max_size=3, unique_by=lambda rung: rung.grade).map(tuple),
)
HELD = st.builds(
    Held,
    st.frozensets(st.sampled_from("abcdef")),
    st.frozensets(st.sampled_from(["2-02", "4-04"])),
    st.frozensets(st.sampled_from([grade.value for grade in Grade])),
)
TITLES = st.sampled_from(["算法", "数据", "工程"])


@given(RUNG, HELD, HELD)
def test_who_has_more_shows_no_less(rung, one, other):
    both = Held(one.courses | other.courses, one.occupations | other.occupations, one.grades | other.grades)
    first, after = rules.shown(rung, one), rules.shown(rung, both)
    assert set(after.missing) <= set(first.missing)
    assert first.proof is None or after.proof is not None


@given(RUNG, HELD)
def test_by_courses_alone_nothing_is_missing(rung, held):
    found = rules.shown(rung, held)
    assert (found.proof == rules.Proof.COURSES) <= (not found.missing)
    assert found.proof is not None or found.missing


@given(st.lists(st.tuples(TITLES, SKILL), max_size=8))
def test_a_skill_stands_once_and_no_domain_is_empty(steps):
    domains: tuple[Domain, ...] = ()
    for title, skill in steps:
        domains = rules.with_skill(domains, title, skill)
        found = [row.code for row in rules.skills_of(domains)]
        assert found.count(skill.code) == 1 == max(map(found.count, found))
        home = next(domain for domain in domains if any(row.code == skill.code for row in domain.skills))
        assert home.title == title
        assert all(domain.skills for domain in domains)
        assert len({domain.title for domain in domains}) == len(domains)
    assert rules.load_model(rules.dump_model(domains)) == domains
    for _title, skill in steps:
        domains = rules.without_skill(domains, skill.code)
    assert domains == ()


LINES = st.lists(
    st.builds(
        SheetLine,
        st.sampled_from("abcd"),
        st.none() | st.integers(-10, 10_100),
        st.sampled_from([*Rank, OUT, ADVANCE, "nonsense"]),
    ),
    max_size=5,
)


@given(LINES, st.sets(st.sampled_from("abcd"), min_size=1), st.booleans())
def test_a_sheet_that_is_taken_names_every_entry_once_in_order(lines, entries, final):
    if rules.sheet_fault(lines, entries, final=final):
        return
    assert sorted(line.entry for line in lines) == sorted(entries)
    order = [*Rank, OUT] if final else [ADVANCE, OUT]
    for one in lines:
        for other in lines:
            if one.centimarks is None or other.centimarks is None:
                continue
            if order.index(one.outcome) < order.index(other.outcome):
                assert one.centimarks >= other.centimarks


@given(st.integers(0, 10_000))
def test_a_public_figure_tells_no_more_than_fives(number):
    told = rules.told(number)
    assert told is None if 0 < number < rules.FEWEST else told is not None and number - told < rules.FEWEST
    assert told is None or (told <= number and told % rules.FEWEST == 0)


@given(st.sampled_from([g.value for g in Grade]), st.sampled_from([g.value for g in Grade]))
def test_levels_are_in_order(held, wanted):
    assert rules.reaches(held, wanted) or rules.reaches(wanted, held)
    assert (rules.reaches(held, wanted) and rules.reaches(wanted, held)) == (held == wanted)
