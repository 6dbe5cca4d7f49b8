"""Data: the first study rule and the first yearly goal."""

from datetime import date

from django.db import migrations

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def forwards(apps, schema_editor):
    apps.get_model("learning", "StudyRule").objects.create(
        version=1,
        valid_from=date(2020, 1, 1),
        speed_hundredths=200,
        ms_per_hour=45 * MINUTE,
        idle_ms=2 * MINUTE,
        tolerance_ms=2_000,
        session_ms=12 * HOUR,
        late_ms=30 * DAY,
        live_ms=90_000,
        source="平台规则第 1 版：1 学时为 45 分钟（培训行业通行算法）；最高按 2 倍速计入；阅读时 2 分钟没有操作即暂停计时。"
        "政策未作规定，可由主管部门另行设定。",
    )
    apps.get_model("learning", "HoursGoal").objects.create(
        version=1,
        valid_from=date(2015, 10, 1),
        goal_centihours=9000,
        specialty_numerator=2,
        specialty_denominator=3,
        public_centihours=None,
        source="《专业技术人员继续教育规定》（人力资源社会保障部令第 25 号）第七条、第八条：每年累计不少于 90 学时，"
        "其中专业科目一般不少于总学时的三分之二。",
    )


class Migration(migrations.Migration):
    dependencies = [("learning", "0002_append_only")]
    # Going back drops the tables whole; the rows themselves can't be taken out of them.
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
