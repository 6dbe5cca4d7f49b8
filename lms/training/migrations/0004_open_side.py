"""The open side: the public notice board, the policy library, suggestions with their history."""

import django.db.models.deletion
import lms.lib.crypto
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only, append_only_but_erasable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_doors'),
        ('training', '0003_lifecycle'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=20, unique=True)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(choices=[('plan', '年度计划'), ('host', '承办单位'), ('enrolment', '招收学员通知'), ('call', '征集和申报'), ('tender', '培训项目需求包'), ('notice', '公示'), ('result', '结果'), ('named', '认定授牌'), ('removed', '核销'), ('directory', '名录和清单'), ('standard', '评估标准'), ('other', '其他')], max_length=12)),
                ('subject', models.CharField(blank=True, max_length=80)),
                ('title', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField(null=True)),
                ('since', models.DateField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='training.posting')),
            ],
            options={
                'verbose_name': '公告',
                'ordering': ['-first_day', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=20, unique=True)),
                ('code', models.CharField(blank=True, max_length=64)),
                ('contact', lms.lib.crypto.EncryptedTextField(blank=True, default='')),
                ('title', models.CharField(max_length=80)),
                ('text', models.TextField()),
                ('state', models.CharField(choices=[('open', '办理中'), ('replied', '已答复'), ('closed', '已办结')], default='open', max_length=8)),
                ('reply', models.TextField(blank=True)),
                ('reply_days', models.PositiveSmallIntegerField()),
                ('handed_in_on', models.DateField()),
                ('due_on', models.DateField(null=True)),
                ('replied_on', models.DateField(null=True)),
                ('satisfied', models.BooleanField(null=True)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '建议',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='SuggestionAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('erased', models.BooleanField(db_default=False, default=False, editable=False)),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=12)),
                ('role', models.CharField(max_length=40)),
                ('text', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('body', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('suggestion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='training.suggestion')),
                ('to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['suggestion', 'number'],
            },
        ),
        migrations.CreateModel(
            name='SuggestionRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('valid_from', models.DateField()),
                ('reply_days', models.PositiveSmallIntegerField()),
                ('source', models.TextField()),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('reason', models.CharField(max_length=500)),
                ('at', models.DateTimeField()),
                ('posting', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawal', to='training.posting')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PolicyDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('series', models.UUIDField(db_index=True)),
                ('version', models.PositiveIntegerField()),
                ('number', models.CharField(max_length=80)),
                ('plain', models.CharField(max_length=80)),
                ('title', models.CharField(max_length=200)),
                ('bodies', models.TextField()),
                ('issued_on', models.DateField()),
                ('first_day', models.DateField(null=True)),
                ('last_day', models.DateField(null=True)),
                ('superseded_by', models.CharField(blank=True, max_length=80)),
                ('summary', models.TextField(blank=True)),
                ('text', models.TextField(blank=True)),
                ('url', models.URLField(blank=True, max_length=300)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('keeper', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'verbose_name': '政策文件',
                'ordering': ['-issued_on', '-pk'],
                'indexes': [models.Index(fields=['issued_on', 'id'], name='training_policy_issued')],
                'constraints': [models.UniqueConstraint(fields=('plain', 'version'), name='training_policy_version'), models.UniqueConstraint(fields=('series', 'version'), name='training_policy_series'), models.CheckConstraint(condition=models.Q(('first_day__isnull', True), ('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='training_policy_days')],
            },
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['first_day', 'id'], name='training_posting_day'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['kind', 'first_day', 'id'], name='training_posting_kind'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['authority', 'first_day', 'id'], name='training_posting_authority'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(fields=['subject', 'kind'], name='training_posting_subject'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='training_posting_days'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('replaces__isnull', True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='training_posting_reason'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(fields=['authority', 'state', 'due_on', 'id'], name='training_suggestion_queue'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(fields=['owner', 'state', 'due_on', 'id'], name='training_suggestion_owner'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(fields=['person', 'id'], name='training_suggestion_person'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(condition=models.Q(('due_on__isnull', True)), fields=['id'], name='training_suggestion_undated'),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('replied_on__isnull', True), ('state', 'open')), models.Q(('replied_on__isnull', False), ('state', 'replied')), ('state', 'closed'), _connector='OR'), name='training_suggestion_replied'),
        ),
        migrations.AddConstraint(
            model_name='suggestionact',
            constraint=models.UniqueConstraint(fields=('suggestion', 'number'), name='training_suggestion_act_once'),
        ),
        migrations.AddConstraint(
            model_name='suggestionrule',
            constraint=models.UniqueConstraint(fields=('authority', 'version'), name='training_suggestion_rule_version'),
        ),
        migrations.AddConstraint(
            model_name='suggestionrule',
            constraint=models.CheckConstraint(condition=models.Q(('reply_days__range', (1, 120))), name='training_suggestion_rule_days'),
        ),
        append_only("training_posting"),
        append_only("training_withdrawal"),
        append_only("training_policydocument"),
        append_only("training_suggestionrule"),
        append_only_but_erasable("training_suggestionact", "text"),
    ]
