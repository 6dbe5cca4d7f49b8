"""The invented year: who is in it, and how a case is walked in it.

Owns: the authorities of the year with their officers and rules, the bodies and people of each unit, and `Way`, which takes one case from
its draft to where it is to end. Everything is decided by seed and unit, and made only where it is missing. Refuses nothing itself: what is
done goes through the same services as by hand, as the platform's own account of the past.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.api import Organisation, Role, User, grant_role, register_organisation, uscc_fault
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now, today
from lms.training.experts.demo import registered
from lms.training.lifecycle import services
from lms.training.lifecycle.declaration import process_of
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said

DEMO = Actor.system("demo")
CITY, DISTRICT = "云岭市人力资源和社会保障局（演示）", "松陵区人力资源和社会保障局（演示）"
EXPERTS = "云岭评价中心（演示年）"
IN_FORCE = date(2022, 12, 2)
SOURCE = "演示年的主管部门自己的设定，没有文件依据"
# Of the last check character of a GB 32100 code.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACES = ("松陵", "云岭", "北汀", "南荡", "溪口", "桥西", "新塘", "石湖")
_TRADES = ("精密机械", "数控装备", "汽车部件", "焊接装备", "智能仓储", "生物试剂", "光电器件", "绿色建材")
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
_GIVEN = ("文博", "雅琴", "志远", "海燕", "建国", "秋月", "立新", "思远", "晓峰", "桂芳", "明轩", "若兰")
_PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"


def ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def day_ago(days: int) -> date:
    return local_day(ago(days))


def paper(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.pdf", _PAPER, "application/pdf")


@dataclass
class World:
    """times: how many units there are; a unit is every process walked to each of its ends once. seed: what tells one world from
    another, in all its codes; the same seed again goes on where the last run ended."""

    times: int
    seed: int
    notes: list[str] = field(default_factory=list)

    @property
    def units(self) -> range:
        return range(self.times)

    def random(self, *about: object) -> Random:
        """The same for the same world and thing, whatever was asked for before."""
        return Random(f"{self.seed}:{':'.join(map(str, about))}")  # noqa: S311 -- invented names, nothing secret

    # --- who there is ------------------------------------------------------------------------------------

    @cached_property
    def city(self) -> Organisation:
        return self.body("city", CITY, Organisation.Kind.AUTHORITY)

    @cached_property
    def district(self) -> Organisation:
        return self.body("district", DISTRICT, Organisation.Kind.AUTHORITY)

    def officer(self, authority: Organisation, number: int = 1) -> User:
        return self.person(f"{authority.code}-officer{number}", authority, Role.OFFICER)

    def chief(self, authority: Organisation) -> User:
        return self.person(f"{authority.code}-chief", authority, Role.ADMIN)

    def department(self, unit: int) -> tuple[Organisation, User]:
        """The unit's department, and its officer who proposes."""
        name = f"第{unit + 1}行业主管部门（演示年）"
        body = self.body(f"department-{unit}", name, Organisation.Kind.AUTHORITY)
        return body, self.person(f"department-{unit}-officer", body, Role.OFFICER)

    def expert(self, number: int) -> User:
        """One of the year's experts, in both authorities' registers."""
        body = self.body("experts", EXPERTS, Organisation.Kind.ASSESSOR)
        person = self.person(f"expert-{number}", body, Role.ASSESSOR)
        if number not in self._registered:
            for authority in (self.city, self.district):
                registered(authority, person)
            self._registered.add(number)
        return person

    def code(self, key: str) -> str:
        return f"y{self.seed}-{key}"[:40]

    def body(self, key: str, name: str, kind: str, *, number: int | None = None) -> Organisation:
        """An organisation of the year. number: of its GB 32100 code, None for none."""
        code = self.code(key)
        found = self._bodies.get(code)
        if found is None:
            uscc = "" if number is None else self.uscc(number)
            found = register_organisation(DEMO, code=code, name=name, kind=kind, uscc=uscc)
            self._bodies[code] = found
        return found

    def firm(self, key: str, number: int) -> Organisation:
        pick = self.random("firm", key)
        name = f"{pick.choice(_PLACES)}{pick.choice(_TRADES)}{number + 1} 厂（演示）"
        return self.body(key, name, Organisation.Kind.ENTERPRISE, number=number)

    def person(self, key: str, organisation: Organisation | None = None, role: str = "") -> User:
        """Somebody of the year, without a password: nobody signs in as them."""
        email = f"{key}@{self.code('year')}.invalid".lower()
        found = self._people.get(email)
        if found is None:
            pick = self.random("person", key)
            name = pick.choice(_SURNAMES) + pick.choice(_GIVEN)
            found = User(email=email, display_name=name)
            found.set_unusable_password()
            found.save()
            self._people[email] = found
        if organisation is not None and (found.pk, organisation.pk, role) not in self._roles:
            grant_role(found, organisation, role, DEMO)
            self._roles.add((found.pk, organisation.pk, role))
        return found

    def uscc(self, number: int) -> str:
        head = f"91990000Y{self.seed % 1000:03d}{number:05d}"
        return next(head + last for last in _ALPHABET if uscc_fault(head + last) is None)

    @cached_property
    def _bodies(self) -> dict[str, Organisation]:
        return {row.code: row for row in Organisation.objects.filter(code__startswith=self.code(""))}

    @cached_property
    def _people(self) -> dict[str, User]:
        rows = User.objects.filter(email__endswith=f"@{self.code('year')}.invalid")
        return {row.email or "": row for row in rows}

    @cached_property
    def _registered(self) -> set[int]:
        return set()

    @cached_property
    def _roles(self) -> set[tuple[int, int, str]]:
        return set()

    # --- what holds ---------------------------------------------------------------------------------------

    def rule(self, code: str, authority: Organisation, values: Mapping[str, int | None]) -> None:
        """The authority's rule of a process, from before the year."""
        if services.rule_on(code, authority, today()) is None:
            process = process_of(code)
            full = {setting.name: values.get(setting.name, setting.standard) for setting in process.settings}
            services.set_rule(DEMO, NewRule(code, authority, max(IN_FORCE, process.since), full, SOURCE))

    def made(self, code: str, authority: Organisation) -> set[str]:
        """The codes of the bodies that have a case of a process at an authority."""
        rows = Case.objects.filter(process=code, authority=authority)
        return set(rows.values_list("body__code", flat=True))


class Way:
    """One case, step by step in the past."""

    def __init__(self, code: str, body: Organisation, authority: Organisation, clerk: User) -> None:
        self.code, self.body, self.authority, self.clerk = code, body, authority, clerk
        self.case: Case

    def begun(self, facts: dict[str, Any], days: int, kinds: Iterable[str] = ()) -> "Way":
        """A draft with its facts and papers, so many days ago."""
        self.case = services.replay_begin(
            DEMO, self.clerk, self.code, self.body, self.authority, ago(days + 1)
        )
        services.describe(self.clerk, self.case, facts)
        for kind in kinds:
            services.attach(self.clerk, self.case, kind, [paper(kind)], at=ago(days + 1), by=DEMO)
        return self

    def act(self, user: User, name: str, days: int, reason: str = "", **values: Any) -> "Way":
        self.case.refresh_from_db()
        row = self.case.declared.transition(name)
        files = [paper(name)] if row is not None and row.takes else []
        if not reason and row is not None and row.reason:
            reason = "演示年：材料齐全，符合文件要求。"
        services.replay(DEMO, user, self.case, name, Said(reason, files, values), ago(days))
        return self

    def clock(self, name: str, days: int) -> "Way":
        """An act of nobody's: a day had passed."""
        self.case.refresh_from_db()
        services.replay(DEMO, None, self.case, name, Said(), ago(days))
        return self
