"""Registers of experts, corrections of published results, postings whose matter was called off, the list of directions."""

import json

import django.db.models.deletion
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models
from lms.lib.appendonly import OnDatabase, append_only, append_only_again


# 沪人社专〔2022〕372号 三(三), 2022年12月2日: 数字经济重点产业, 数字化应用场景.
DIRECTIONS = (
    *(("industry", name) for name in "云计算 大数据 物联网 工业互联网 区块链 人工智能 虚拟现实和增强现实".split()),
    *(("scene", name) for name in "智能交通 智慧能源 智能制造 智慧农业及水利 智慧教育 智慧医疗 智慧文旅 智慧社区 智慧家居 智慧政务".split()),
)


def name_directions(_apps, schema_editor):
    """The first version of the list, as the document has it."""
    columns = "version, valid_from, source, entries, at"
    values = [1, "2022-12-02", "沪人社专〔2022〕372号 三(三)", json.dumps(DIRECTIONS, ensure_ascii=False), "2022-12-02 00:00:00+00:00"]
    schema_editor.execute(f"INSERT INTO training_directionlist ({columns}) VALUES (%s, %s, %s, %s, %s)", values)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_branding'),
        ('training', '0010_supervision'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        append_only_again("training_interestdeclaration"),
        append_only_again("training_withdrawal"),
        migrations.CreateModel(
            name='DirectionList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('valid_from', models.DateField()),
                ('source', models.CharField(max_length=300)),
                ('entries', models.JSONField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-version'],
            },
        ),
        migrations.CreateModel(
            name='Expert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('fields', models.JSONField(default=list)),
                ('specialty', models.CharField(blank=True, max_length=120)),
                ('basis', models.CharField(max_length=300)),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
                ('state', models.CharField(choices=[('asked', '待本人同意'), ('listed', '在库'), ('declined', '本人不同意'), ('left', '已出库')], default='asked', max_length=8)),
                ('entered_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'verbose_name': '专家',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ExpertInterest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('text', models.CharField(blank=True, max_length=300)),
                ('declared_at', models.DateTimeField()),
                ('over_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ExpertRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(max_length=120)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='digitalachievement',
            name='training_achievement_contest',
        ),
        migrations.RemoveConstraint(
            model_name='digitalachievement',
            name='training_achievement_level',
        ),
        migrations.RemoveConstraint(
            model_name='resultsheet',
            name='training_sheet_once',
        ),
        migrations.AddField(
            model_name='digitalachievement',
            name='ended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='interestdeclaration',
            name='found_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='levellist',
            name='corrects',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='training.levellist'),
        ),
        migrations.AddField(
            model_name='levellist',
            name='why',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='resultsheet',
            name='corrects',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='training.resultsheet'),
        ),
        migrations.AddField(
            model_name='resultsheet',
            name='why',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='ended',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='url',
            field=models.CharField(blank=True, db_default='', max_length=300),
        ),
        migrations.AlterField(
            model_name='levellist',
            name='state',
            field=models.CharField(choices=[('faulty', '有错误，没有收下'), ('waiting', '待公布'), ('published', '已公布'), ('returned', '已退回'), ('superseded', '已被更正')], max_length=10),
        ),
        migrations.AlterField(
            model_name='resultsheet',
            name='state',
            field=models.CharField(choices=[('entered', '待核对'), ('checked', '已核对，待公布'), ('published', '已公布'), ('returned', '已退回'), ('superseded', '已被更正')], default='entered', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='digitalachievement',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True), ('kind', 'contest')), fields=('item', 'person'), name='training_achievement_contest'),
        ),
        migrations.AddConstraint(
            model_name='digitalachievement',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True), ('kind', 'level')), fields=('person', 'direction', 'result'), name='training_achievement_level'),
        ),
        migrations.AddConstraint(
            model_name='interestdeclaration',
            constraint=models.CheckConstraint(condition=models.Q(('found_by__isnull', True), ('conflict', True), _connector='OR'), name='training_interest_found'),
        ),
        migrations.AddConstraint(
            model_name='levellist',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', False), ('state__in', ['waiting', 'published', 'superseded'])), fields=('corrects',), name='training_level_list_correction_once'),
        ),
        migrations.AddConstraint(
            model_name='levellist',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', True), models.Q(('why', ''), _negated=True), _connector='OR'), name='training_level_list_correction_why'),
        ),
        migrations.AddConstraint(
            model_name='resultsheet',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', True), models.Q(('state', 'returned'), _negated=True)), fields=('item', 'stage'), name='training_sheet_once'),
        ),
        migrations.AddConstraint(
            model_name='resultsheet',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('item', 'stage'), name='training_sheet_public_once'),
        ),
        migrations.AddConstraint(
            model_name='resultsheet',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', False), models.Q(('state', 'returned'), _negated=True)), fields=('corrects',), name='training_sheet_correction_once'),
        ),
        migrations.AddConstraint(
            model_name='resultsheet',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', True), models.Q(('why', ''), _negated=True), _connector='OR'), name='training_sheet_correction_why'),
        ),
        migrations.AddField(
            model_name='directionlist',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='expert',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='expert',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='expert',
            name='entered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='expert',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='expertinterest',
            name='body',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='expertinterest',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='expertrefusal',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='expertrefusal',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='expert',
            index=models.Index(fields=['authority', 'state', '-id'], name='training_expert_register'),
        ),
        migrations.AddIndex(
            model_name='expert',
            index=models.Index(fields=['person', '-id'], name='training_expert_person'),
        ),
        migrations.AddConstraint(
            model_name='expert',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['asked', 'listed'])), fields=('authority', 'person'), name='training_expert_once'),
        ),
        migrations.AddConstraint(
            model_name='expert',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='training_expert_days'),
        ),
        migrations.AddIndex(
            model_name='expertinterest',
            index=models.Index(fields=['person', 'body'], name='training_expert_interest'),
        ),
        migrations.AddConstraint(
            model_name='expertinterest',
            constraint=models.UniqueConstraint(condition=models.Q(('over_at__isnull', True)), fields=('person', 'body'), name='training_expert_interest_once'),
        ),
        migrations.AddIndex(
            model_name='expertrefusal',
            index=models.Index(fields=['authority', 'person'], name='training_expert_refusal'),
        ),
        OnDatabase(name_directions, OnDatabase.noop),
        append_only("training_directionlist"),
        append_only_again("training_interestdeclaration"),
        append_only_again("training_withdrawal"),
    ]
