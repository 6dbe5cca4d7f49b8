"""Live sessions, attendance and what it gives: lists taken over, people at the door, and the hours of a class."""

import django.db.models.deletion
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ("learning", "0420_partitions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='classfiling',
            name='centihours',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='classmeeting',
            name='link_minutes',
            field=models.PositiveSmallIntegerField(default=15, verbose_name='提前几分钟显示直播链接'),
        ),
        migrations.AddField(
            model_name='classplace',
            name='language',
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.CreateModel(
            name='ClassHoursRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('valid_from', models.DateField()),
                ('ms_per_hour', models.PositiveIntegerField(null=True)),
                ('min_share_percent', models.PositiveSmallIntegerField(default=0)),
                ('late_minutes', models.PositiveSmallIntegerField(null=True)),
                ('source', models.TextField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('min_share_percent__lte', 100)), name='learning_class_rule_share'), models.CheckConstraint(condition=models.Q(('ms_per_hour__isnull', True), ('ms_per_hour__gte', 60000), _connector='OR'), name='learning_class_rule_hour')],
            },
        ),
        migrations.CreateModel(
            name='ClassHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=12)),
                ('counted_ms', models.PositiveBigIntegerField()),
                ('centihours', models.PositiveIntegerField()),
                ('evidence', models.JSONField()),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hours', to='learning.classplace')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='learning.classhoursrule')),
            ],
            options={
                'ordering': ['place', 'number'],
            },
        ),
        migrations.CreateModel(
            name='ClassHoursTaken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('hours', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='taken', to='learning.classhours')),
            ],
        ),
        migrations.CreateModel(
            name='WalkIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('at', models.DateTimeField()),
                ('confirmed', models.BooleanField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='walk_ins', to='learning.classmeeting')),
                ('place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='walk_ins', to='learning.classplace')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='AttendanceImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('sha256', models.CharField(max_length=64)),
                ('lines', models.PositiveIntegerField()),
                ('people', models.PositiveIntegerField()),
                ('left_out', models.PositiveIntegerField()),
                ('reason', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='learning.classmeeting')),
            ],
            options={
                'ordering': ['meeting', 'id'],
                'constraints': [models.UniqueConstraint(fields=('meeting', 'sha256'), name='learning_attendance_list_once')],
            },
        ),
        migrations.AddIndex(
            model_name='classhours',
            index=models.Index(fields=['day'], name='learning_class_hours_day'),
        ),
        migrations.AddConstraint(
            model_name='classhours',
            constraint=models.UniqueConstraint(fields=('place', 'number'), name='learning_class_hours_once'),
        ),
        migrations.AddConstraint(
            model_name='classhours',
            constraint=models.CheckConstraint(condition=models.Q(('centihours__gte', 1)), name='learning_class_hours_adds'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.UniqueConstraint(fields=('place', 'meeting'), name='learning_walk_in_once'),
        ),
        migrations.AddConstraint(
            model_name='walkin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed', False), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='learning_walk_in_reason'),
        ),
    ] + [
        append_only(f"learning_{name}")
        for name in ("classhoursrule", "classhours", "classhourstaken", "attendanceimport")
    ]
