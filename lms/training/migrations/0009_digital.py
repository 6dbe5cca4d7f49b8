"""Digital technology items: contests, trainees and level results, money, competency models; statements of expert merit."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.crypto
import lms.lib.ids
from lms.lib.appendonly import append_only, append_only_but_erasable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_doors'),
        ('courses', '0019_imports_again'),
        ('training', '0008_tenders'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DigitalItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('track', models.CharField(choices=[('national', '国家级数字技术工程师培育项目'), ('leaders', '数字技术引领人才培育项目'), ('contest', '数字技术新赛道创意大赛'), ('standards', '数字技术国际化职业标准'), ('school_firm', '数字技术初级人才校企合作培育')], max_length=12)),
                ('year', models.PositiveSmallIntegerField()),
                ('title', models.CharField(max_length=120)),
                ('level', models.CharField(choices=[('national', '国家级'), ('city', '市级'), ('sector', '行业'), ('district', '区级')], max_length=10)),
                ('fund', models.CharField(choices=[('city', '市级财政专项经费'), ('department', '行业部门财政经费'), ('district', '区级财政经费')], max_length=10)),
                ('direction', models.CharField(blank=True, max_length=60)),
                ('stages', models.JSONField(default=list)),
                ('team_most', models.PositiveSmallIntegerField(default=1)),
                ('people', models.PositiveIntegerField(default=0)),
                ('centihours', models.PositiveIntegerField(default=0)),
                ('enrol_until', models.DateField(null=True)),
                ('budget_fen', models.PositiveBigIntegerField()),
                ('approved_on', models.DateField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='digital_item', to='training.case')),
                ('host', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'verbose_name': '数字技术项目',
                'ordering': ['-year', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ContestJuror',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('asked_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('declined_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jurors', to='training.digitalitem')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ContestEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=60)),
                ('about', models.TextField(blank=True)),
                ('code', models.CharField(max_length=12, unique=True)),
                ('withdrawn', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='training.digitalitem')),
            ],
            options={
                'verbose_name': '参赛',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='DigitalTrainee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=50, unique=True)),
                ('grade', models.CharField(choices=[('junior', '初级'), ('middle', '中级'), ('senior', '高级')], max_length=8)),
                ('left', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trainees', to='training.digitalitem')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '学员',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='EntryMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('captain', models.BooleanField()),
                ('left', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='training.contestentry')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.digitalitem')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ItemMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('commit', '列入资助'), ('pay', '拨付'), ('use', '使用'), ('return', '退回'), ('release', '撤销，未拨付')], max_length=10)),
                ('fen', models.PositiveBigIntegerField()),
                ('voucher', models.CharField(max_length=60)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('day', models.DateField()),
                ('transaction', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('fund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.fund')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='training.digitalitem')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ItemPurse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('place', models.CharField(choices=[('committed', '已决定，待拨付'), ('held', '已拨付，未使用'), ('spent', '已使用'), ('returned', '已退回')], max_length=10)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purses', to='training.digitalitem')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='LevelList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('sha256', models.CharField(max_length=64)),
                ('lines', models.PositiveIntegerField()),
                ('faults', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('faulty', '有错误，没有收下'), ('waiting', '待公布'), ('published', '已公布'), ('returned', '已退回')], max_length=10)),
                ('at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='level_lists', to='training.digitalitem')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='LevelResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('erased', models.BooleanField(db_default=False, default=False, editable=False)),
                ('row', models.PositiveIntegerField()),
                ('grade', models.CharField(choices=[('junior', '初级'), ('middle', '中级'), ('senior', '高级')], max_length=8)),
                ('passed', models.BooleanField()),
                ('centimarks', models.PositiveIntegerField(null=True)),
                ('day', models.DateField()),
                ('certificate', lms.lib.crypto.EncryptedTextField(blank=True, default='')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='training.levellist')),
                ('trainee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='training.digitaltrainee')),
            ],
            options={
                'ordering': ['batch', 'row'],
            },
        ),
        migrations.CreateModel(
            name='DigitalAchievement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('contest', '大赛成绩'), ('level', '水平评价')], max_length=8)),
                ('direction', models.CharField(blank=True, max_length=60)),
                ('result', models.CharField(choices=[('first', '一等奖'), ('second', '二等奖'), ('third', '三等奖'), ('merit', '优胜奖'), ('finished', '完成比赛'), ('junior', '初级'), ('middle', '中级'), ('senior', '高级')], max_length=10)),
                ('day', models.DateField()),
                ('hours', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
                ('entry', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='achievements', to='training.contestentry')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='achievements', to='training.digitalitem')),
                ('level_result', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.levelresult')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='MeritStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=24, unique=True)),
                ('purpose', models.CharField(choices=[('title', '职称评聘'), ('selection', '人才选拔'), ('leave', '专家休假')], max_length=10)),
                ('template', models.CharField(max_length=12)),
                ('version', models.PositiveSmallIntegerField()),
                ('lines', models.PositiveIntegerField()),
                ('content', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', '待确认'), ('confirmed', '已确认'), ('returned', '已退回'), ('withdrawn', '已收回'), ('revoked', '已撤销')], default='waiting', max_length=10)),
                ('handed_in_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '贡献证明',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ResultSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('stage', models.PositiveSmallIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('held_on', models.DateField()),
                ('lines', models.JSONField()),
                ('state', models.CharField(choices=[('entered', '待核对'), ('checked', '已核对，待公布'), ('published', '已公布'), ('returned', '已退回')], default='entered', max_length=10)),
                ('entered_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('checked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='training.digitalitem')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['stage', 'number'],
            },
        ),
        migrations.CreateModel(
            name='SkillModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('series', models.UUIDField()),
                ('version', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=120)),
                ('direction', models.CharField(max_length=60)),
                ('source', models.CharField(max_length=300)),
                ('content', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('valid_from', models.DateField()),
                ('published_on', models.DateField()),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '能力素质模型',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='SkillCourse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('skill', models.CharField(max_length=12)),
                ('grade', models.CharField(choices=[('junior', '初级'), ('middle', '中级'), ('senior', '高级')], max_length=8)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='training.skillmodel')),
            ],
        ),
        migrations.CreateModel(
            name='SkillModelDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('series', models.UUIDField(default=lms.lib.ids.uuid7, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('direction', models.CharField(max_length=60)),
                ('source', models.CharField(max_length=300)),
                ('content', models.JSONField(default=list)),
                ('skills', models.PositiveIntegerField(default=0)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'verbose_name': '能力素质模型草稿',
                'ordering': ['title'],
            },
        ),
        migrations.AddIndex(
            model_name='digitalitem',
            index=models.Index(fields=['track', '-year', '-id'], name='training_digital_track'),
        ),
        migrations.AddIndex(
            model_name='digitalitem',
            index=models.Index(fields=['authority', '-year', '-id'], name='training_digital_whose'),
        ),
        migrations.AddIndex(
            model_name='digitalitem',
            index=models.Index(fields=['host', '-id'], name='training_digital_host'),
        ),
        migrations.AddConstraint(
            model_name='digitalitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fund', 'city'), ('level__in', ['national', 'city'])), models.Q(('fund', 'department'), ('level', 'sector')), models.Q(('fund', 'district'), ('level', 'district')), _connector='OR'), name='training_digital_fund'),
        ),
        migrations.AddConstraint(
            model_name='contestjuror',
            constraint=models.UniqueConstraint(fields=('item', 'person'), name='training_juror_once'),
        ),
        migrations.AddConstraint(
            model_name='contestjuror',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_at__isnull', True), ('declined_at__isnull', True), _connector='OR'), name='training_juror_answer'),
        ),
        migrations.AddConstraint(
            model_name='contestentry',
            constraint=models.UniqueConstraint(fields=('item', 'number'), name='training_entry_number'),
        ),
        migrations.AddConstraint(
            model_name='digitaltrainee',
            constraint=models.UniqueConstraint(fields=('item', 'person'), name='training_digital_trainee_once'),
        ),
        migrations.AddConstraint(
            model_name='entrymember',
            constraint=models.UniqueConstraint(condition=models.Q(('left', False)), fields=('item', 'person'), name='training_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='itemmovement',
            constraint=models.UniqueConstraint(fields=('item', 'kind', 'voucher'), name='training_item_voucher_once'),
        ),
        migrations.AddConstraint(
            model_name='itemmovement',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='training_item_movement_fen'),
        ),
        migrations.AddConstraint(
            model_name='itempurse',
            constraint=models.UniqueConstraint(fields=('item', 'place'), name='training_item_purse_once'),
        ),
        migrations.AddConstraint(
            model_name='levellist',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'published'])), fields=('item', 'sha256'), name='training_level_list_once'),
        ),
        migrations.AddConstraint(
            model_name='levelresult',
            constraint=models.UniqueConstraint(fields=('batch', 'row'), name='training_level_result_row'),
        ),
        migrations.AddIndex(
            model_name='digitalachievement',
            index=models.Index(fields=['person', 'kind'], name='training_achievement_person'),
        ),
        migrations.AddConstraint(
            model_name='digitalachievement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'contest')), fields=('item', 'person'), name='training_achievement_contest'),
        ),
        migrations.AddConstraint(
            model_name='digitalachievement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'level')), fields=('person', 'direction', 'result'), name='training_achievement_level'),
        ),
        migrations.AddConstraint(
            model_name='digitalachievement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('entry__isnull', False), ('kind', 'contest')), models.Q(('kind', 'level'), ('level_result__isnull', False)), _connector='OR'), name='training_achievement_whence'),
        ),
        migrations.AddIndex(
            model_name='meritstatement',
            index=models.Index(fields=['authority', 'state', 'id'], name='training_merit_queue'),
        ),
        migrations.AddIndex(
            model_name='meritstatement',
            index=models.Index(fields=['person', '-id'], name='training_merit_person'),
        ),
        migrations.AddConstraint(
            model_name='meritstatement',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('person', 'authority', 'purpose'), name='training_merit_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='meritstatement',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'withdrawn']), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='training_merit_decided'),
        ),
        migrations.AddConstraint(
            model_name='resultsheet',
            constraint=models.UniqueConstraint(fields=('item', 'stage', 'number'), name='training_sheet_number'),
        ),
        migrations.AddConstraint(
            model_name='resultsheet',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'returned'), _negated=True), fields=('item', 'stage'), name='training_sheet_once'),
        ),
        migrations.AddConstraint(
            model_name='resultsheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), models.Q(('checked_by__isnull', False), ('published_at__isnull', False)), _connector='OR'), name='training_sheet_seen'),
        ),
        migrations.AddConstraint(
            model_name='skillmodel',
            constraint=models.UniqueConstraint(fields=('series', 'version'), name='training_skill_model_version'),
        ),
        migrations.AddConstraint(
            model_name='skillcourse',
            constraint=models.UniqueConstraint(fields=('model', 'skill', 'grade', 'course'), name='training_skill_course_once'),
        ),
        append_only("training_skillmodel"),
        append_only("training_skillcourse"),
        append_only("training_itempurse"),
        append_only("training_itemmovement"),
        append_only_but_erasable("training_levelresult", "certificate"),
    ]
