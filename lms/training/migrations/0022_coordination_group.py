"""The coordination group of an authority: who sits in it, and what each said of a case."""

import django.db.models.deletion
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only_but_erasable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_sector'),
        ('training', '0021_digital_places'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('position', models.CharField(choices=[('lead', '组长'), ('member', '成员')], default='member', max_length=6)),
                ('basis', models.CharField(max_length=200)),
                ('since', models.DateField()),
                ('ended_on', models.DateField(null=True)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('named_at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('named_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '协调小组成员',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='GroupOpinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('erased', models.BooleanField(db_default=False, default=False, editable=False)),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('stand', models.CharField(choices=[('agree', '同意'), ('against', '不同意'), ('abstain', '弃权'), ('recused', '回避')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='training.case')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='training.groupmember')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddIndex(
            model_name='groupmember',
            index=models.Index(fields=['authority', 'ended_on', 'id'], name='training_group_members'),
        ),
        migrations.AddIndex(
            model_name='groupmember',
            index=models.Index(fields=['person', '-id'], name='training_group_person'),
        ),
        migrations.AddConstraint(
            model_name='groupmember',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on__isnull', True)), fields=('authority', 'person'), name='training_group_once'),
        ),
        migrations.AddConstraint(
            model_name='groupmember',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on__isnull', True), ('position', 'lead')), fields=('authority',), name='training_group_lead'),
        ),
        migrations.AddConstraint(
            model_name='groupmember',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('ended_on__gte', models.F('since')), _connector='OR'), name='training_group_days'),
        ),
        migrations.AddIndex(
            model_name='groupopinion',
            index=models.Index(fields=['case', 'member', '-id'], name='training_group_opinions'),
        ),
        append_only_but_erasable('training_groupopinion', 'reason'),
    ]
