import django.db.models.deletion
import lms.lib.crypto
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_organisation_uscc_proof'),
    ]

    operations = [
        migrations.CreateModel(
            name='RosterLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('name', lms.lib.crypto.EncryptedTextField(verbose_name='姓名')),
                ('phone', lms.lib.crypto.EncryptedTextField(blank=True, verbose_name='手机号')),
                ('phone_hash', models.CharField(blank=True, max_length=64)),
                ('email', lms.lib.crypto.EncryptedTextField(blank=True, verbose_name='邮箱')),
                ('email_hash', models.CharField(blank=True, max_length=64)),
                ('number', lms.lib.crypto.EncryptedTextField(blank=True, verbose_name='证件号')),
                ('number_hash', models.CharField(blank=True, max_length=64)),
                ('department', models.CharField(blank=True, max_length=60, verbose_name='部门')),
                ('post', models.CharField(blank=True, max_length=60, verbose_name='岗位')),
                ('since', models.DateField(verbose_name='入职日期')),
                ('state', models.CharField(choices=[('invited', '待本人确认'), ('declined', '本人已拒绝'), ('confirmed', '已确认'), ('ended', '本人已结束')], default='invited', max_length=10)),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roster_lines', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Employment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('department', models.CharField(blank=True, max_length=60, verbose_name='部门')),
                ('post', models.CharField(blank=True, max_length=60, verbose_name='岗位')),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
                ('confirmed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(blank=True, choices=[('person', '本人'), ('employer', '单位')], max_length=10)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='employments', to='accounts.organisation')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='employments', to=settings.AUTH_USER_MODEL)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='employments', to='accounts.rosterline')),
            ],
        ),
        migrations.CreateModel(
            name='Roster',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('uploaded_at', models.DateTimeField()),
                ('applied_at', models.DateTimeField(null=True)),
                ('digest', models.CharField(max_length=64)),
                ('content', lms.lib.crypto.EncryptedTextField(blank=True)),
                ('lines', models.PositiveIntegerField()),
                ('joined', models.PositiveIntegerField(default=0)),
                ('left', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rosters', to='accounts.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('applied_at__isnull', True)), fields=('organisation', 'by'), name='accounts_roster_one_draft'), models.CheckConstraint(condition=models.Q(('applied_at__isnull', True), ('content', ''), _connector='OR'), name='accounts_roster_emptied')],
            },
        ),
        migrations.AddIndex(
            model_name='rosterline',
            index=models.Index(fields=['organisation', 'removed_at', 'id'], name='accounts_line_organisation'),
        ),
        migrations.AddIndex(
            model_name='rosterline',
            index=models.Index(condition=models.Q(models.Q(('phone_hash', ''), _negated=True), ('removed_at__isnull', True)), fields=['phone_hash'], name='accounts_line_phone'),
        ),
        migrations.AddIndex(
            model_name='rosterline',
            index=models.Index(condition=models.Q(models.Q(('email_hash', ''), _negated=True), ('removed_at__isnull', True)), fields=['email_hash'], name='accounts_line_email'),
        ),
        migrations.AddIndex(
            model_name='rosterline',
            index=models.Index(condition=models.Q(models.Q(('number_hash', ''), _negated=True), ('removed_at__isnull', True)), fields=['number_hash'], name='accounts_line_number'),
        ),
        migrations.AddIndex(
            model_name='employment',
            index=models.Index(fields=['organisation', 'since'], name='accounts_employment_since'),
        ),
        migrations.AddConstraint(
            model_name='employment',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('user', 'organisation'), name='accounts_employment_once'),
        ),
        migrations.AddConstraint(
            model_name='employment',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('line',), name='accounts_employment_line'),
        ),
        migrations.AddConstraint(
            model_name='employment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by', ''), ('until__isnull', True)), models.Q(('ended_at__isnull', False), ('until__gte', models.F('since')), models.Q(('ended_by', ''), _negated=True)), _connector='OR'), name='accounts_employment_end'),
        ),
    ]
