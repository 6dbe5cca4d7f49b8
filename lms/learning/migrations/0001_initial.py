

import django.db.models.deletion
import lms.lib.crypto
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_organisation_uscc_proof'),
        ('courses', '0003_first_rule_and_pages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HoursGoal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('valid_from', models.DateField()),
                ('goal_centihours', models.PositiveIntegerField()),
                ('specialty_numerator', models.PositiveSmallIntegerField()),
                ('specialty_denominator', models.PositiveSmallIntegerField()),
                ('public_centihours', models.PositiveIntegerField(null=True)),
                ('source', models.TextField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StudyRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('valid_from', models.DateField()),
                ('speed_hundredths', models.PositiveIntegerField()),
                ('ms_per_hour', models.PositiveIntegerField()),
                ('idle_ms', models.PositiveIntegerField()),
                ('tolerance_ms', models.PositiveIntegerField()),
                ('session_ms', models.PositiveBigIntegerField()),
                ('late_ms', models.PositiveBigIntegerField()),
                ('live_ms', models.PositiveIntegerField()),
                ('source', models.TextField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Completion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(max_length=12)),
                ('counted_ms', models.PositiveBigIntegerField()),
                ('centihours', models.PositiveIntegerField()),
                ('rule', models.JSONField()),
                ('evidence', models.JSONField()),
                ('completed_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.release')),
            ],
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=20, unique=True)),
                ('holder_name', lms.lib.crypto.EncryptedTextField()),
                ('real_name', models.BooleanField()),
                ('issuer', models.CharField(max_length=120)),
                ('issued_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('completion', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='certificate', to='learning.completion')),
            ],
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('started_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('active', '学习中'), ('completed', '已完成')], default='active', max_length=10)),
                ('studied_at', models.DateTimeField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage')),
                ('lesson', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.releaselesson')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to=settings.AUTH_USER_MODEL)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.release')),
            ],
        ),
        migrations.AddField(
            model_name='completion',
            name='enrolment',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='completion', to='learning.enrolment'),
        ),
        migrations.CreateModel(
            name='H5PState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.UUIDField()),
                ('state', models.JSONField()),
                ('updated_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='LessonProgress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lengths', models.JSONField()),
                ('coverage', models.JSONField(default=dict)),
                ('granted', models.JSONField(default=list)),
                ('active_ms', models.PositiveBigIntegerField(default=0)),
                ('overlap_ms', models.PositiveBigIntegerField(default=0)),
                ('budget_hundredths', models.PositiveBigIntegerField(default=0)),
                ('covered_ms', models.PositiveBigIntegerField(default=0)),
                ('met_ms', models.PositiveBigIntegerField(default=0)),
                ('counted_ms', models.PositiveBigIntegerField(default=0)),
                ('percent', models.PositiveSmallIntegerField(default=0)),
                ('required_percent', models.PositiveSmallIntegerField()),
                ('days', models.JSONField(default=dict)),
                ('last_day', models.DateField(null=True)),
                ('position', models.JSONField(default=dict)),
                ('updated_at', models.DateTimeField()),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='progress', to='learning.enrolment')),
                ('lesson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.releaselesson')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='QuizAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('block', models.CharField(max_length=64)),
                ('number', models.PositiveIntegerField()),
                ('seed', models.PositiveBigIntegerField()),
                ('order', models.JSONField()),
                ('pass_percent', models.PositiveSmallIntegerField()),
                ('started_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('points', models.PositiveIntegerField(null=True)),
                ('max_points', models.PositiveIntegerField(null=True)),
                ('percent', models.PositiveSmallIntegerField(null=True)),
                ('passed', models.BooleanField(null=True)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='learning.enrolment')),
                ('lesson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.releaselesson')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='QuizAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=64)),
                ('response', models.JSONField()),
                ('saved_at', models.DateTimeField()),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='learning.quizattempt')),
            ],
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('block', models.CharField(max_length=64)),
                ('content', models.UUIDField()),
                ('statement_id', models.UUIDField()),
                ('verb', models.CharField(max_length=40)),
                ('whole', models.BooleanField()),
                ('score_scaled', models.IntegerField(null=True)),
                ('success', models.BooleanField(null=True)),
                ('stored_at', models.DateTimeField()),
                ('raw', models.JSONField()),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='learning.enrolment')),
                ('lesson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.releaselesson')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='StudyGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('block', models.CharField(max_length=64)),
                ('at_ms', models.PositiveBigIntegerField()),
                ('source', models.CharField(max_length=20)),
                ('evidence', models.UUIDField()),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='learning.enrolment')),
                ('lesson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.releaselesson')),
            ],
        ),
        migrations.CreateModel(
            name='StudySession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('device', models.CharField(max_length=40)),
                ('device_kind', models.CharField(choices=[('phone', '手机'), ('tablet', '平板'), ('computer', '电脑')], max_length=10)),
                ('tab', models.CharField(blank=True, max_length=40)),
                ('opened_ms', models.PositiveBigIntegerField()),
                ('turns', models.JSONField(default=list)),
                ('active', models.JSONField(default=list)),
                ('attributed_ms', models.PositiveBigIntegerField(default=0)),
                ('last_seq', models.PositiveIntegerField(default=0)),
                ('seen_ms', models.PositiveBigIntegerField()),
                ('released_ms', models.PositiveBigIntegerField(null=True)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='learning.enrolment')),
                ('lesson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.releaselesson')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('progress', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='learning.lessonprogress')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='learning.studyrule')),
            ],
        ),
        migrations.CreateModel(
            name='StudyReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField()),
                ('payload_hash', models.CharField(max_length=64)),
                ('received_ms', models.PositiveBigIntegerField()),
                ('elapsed_ms', models.PositiveBigIntegerField()),
                ('active_ms_total', models.PositiveBigIntegerField()),
                ('active', models.JSONField()),
                ('inactive', models.JSONField()),
                ('coverage', models.JSONField()),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='learning.studysession')),
            ],
        ),
        migrations.CreateModel(
            name='StreamClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at_ms', models.PositiveBigIntegerField()),
                ('kind', models.CharField(choices=[('open', '打开时没有别处在计时'), ('resume', '别处已停止，自动接着计时'), ('takeover', '改为在这里计时'), ('handed', '别处离开，交回计时')], max_length=10)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='learning.studysession')),
            ],
        ),
        migrations.CreateModel(
            name='StudyStream',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='learning.studysession')),
            ],
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['person', '-studied_at'], name='learning_enrolment_recent'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(fields=('person', 'course'), name='learning_enrolment_once'),
        ),
        migrations.AddIndex(
            model_name='completion',
            index=models.Index(fields=['person', 'completed_at'], name='learning_completion_year'),
        ),
        migrations.AddConstraint(
            model_name='h5pstate',
            constraint=models.UniqueConstraint(fields=('person', 'content'), name='learning_h5p_state_once'),
        ),
        migrations.AddIndex(
            model_name='lessonprogress',
            index=models.Index(fields=['person', 'last_day'], name='learning_progress_day'),
        ),
        migrations.AddConstraint(
            model_name='lessonprogress',
            constraint=models.UniqueConstraint(fields=('enrolment', 'lesson'), name='learning_progress_once'),
        ),
        migrations.AddConstraint(
            model_name='quizattempt',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('enrolment', 'lesson', 'block'), name='learning_attempt_one_open'),
        ),
        migrations.AddConstraint(
            model_name='quizattempt',
            constraint=models.UniqueConstraint(fields=('enrolment', 'lesson', 'block', 'number'), name='learning_attempt_number'),
        ),
        migrations.AddConstraint(
            model_name='quizanswer',
            constraint=models.UniqueConstraint(fields=('attempt', 'question'), name='learning_answer_once'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['enrolment', 'lesson', 'block'], name='learning_statement_block'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(fields=('person', 'statement_id'), name='learning_statement_once'),
        ),
        migrations.AddConstraint(
            model_name='studygrant',
            constraint=models.UniqueConstraint(fields=('enrolment', 'lesson', 'block'), name='learning_grant_once'),
        ),
        migrations.AddIndex(
            model_name='studysession',
            index=models.Index(fields=['person', 'opened_ms'], name='learning_session_day'),
        ),
        migrations.AddConstraint(
            model_name='studyreport',
            constraint=models.UniqueConstraint(fields=('session', 'seq'), name='learning_report_once'),
        ),
        migrations.AddConstraint(
            model_name='streamclaim',
            constraint=models.UniqueConstraint(fields=('person', 'at_ms'), name='learning_claim_moment'),
        ),
    ]
