"""The record store: statements by month (PostgreSQL), what they are found by, documents, credentials."""

import django.db.models.deletion
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import OnDatabase, append_only, append_only_but_erasable
from lms.records import partitions


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0016_review'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Voided',
            fields=[
                ('statement', models.BigIntegerField(primary_key=True, serialize=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=120, verbose_name='名称')),
                ('made_at', models.DateTimeField()),
                ('organisation', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('agent', models.TextField()),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha2', models.CharField(max_length=128)),
                ('content_type', models.CharField(max_length=200)),
                ('length', models.BigIntegerField()),
                ('file', models.CharField(max_length=200)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
        ),
        migrations.CreateModel(
            name='AgentName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('name', models.CharField(max_length=300)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
        ),
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('iri', models.TextField()),
                ('definition', models.TextField(default='{}')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
        ),
        migrations.CreateModel(
            name='Voiding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target', models.UUIDField()),
                ('by', models.BigIntegerField()),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
        ),
        migrations.CreateModel(
            name='StatementKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('statement_id', models.UUIDField()),
                ('digest', models.BinaryField(max_length=32)),
                ('stored_ms', models.BigIntegerField()),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'statement_id'), name='records_statement_once')],
            },
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('erased', models.BooleanField(db_default=False, default=False, editable=False)),
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('stored_ms', models.BigIntegerField()),
                ('statement_id', models.UUIDField()),
                ('version', models.CharField(max_length=12)),
                ('given', models.SmallIntegerField()),
                ('raw', models.TextField()),
                ('text', models.TextField(blank=True)),
                ('authority', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.authority')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'stored_ms', 'id'], name='records_statement_order')],
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('stored_ms', models.BigIntegerField()),
                ('statement', models.BigIntegerField()),
                ('roles', models.SmallIntegerField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'key', 'stored_ms', 'statement', 'roles'), name='records_mention_once')],
            },
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('state', 'State'), ('activity', 'Activity'), ('agent', 'Agent')], max_length=8)),
                ('activity', models.UUIDField()),
                ('agent', models.UUIDField()),
                ('registration', models.UUIDField()),
                ('name_key', models.UUIDField()),
                ('name', models.TextField()),
                ('content', models.BinaryField()),
                ('content_type', models.CharField(max_length=200)),
                ('etag', models.CharField(max_length=40)),
                ('updated_at', models.DateTimeField()),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'kind', 'activity', 'agent', 'registration', 'name_key'), name='records_document_once')],
            },
        ),
        migrations.CreateModel(
            name='Credential',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40, unique=True)),
                ('secret_hash', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=120, verbose_name='名称')),
                ('scopes', models.JSONField(default=list)),
                ('actor', models.TextField(blank=True)),
                ('registration', models.UUIDField(null=True)),
                ('activity', models.TextField(blank=True)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to='records.store')),
            ],
            options={
                'verbose_name': '记录库凭据',
                'verbose_name_plural': '记录库凭据',
                'indexes': [models.Index(fields=['expires_at'], name='records_credential_expiry')],
            },
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=models.UniqueConstraint(fields=('store', 'key'), name='records_authority_once'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.UniqueConstraint(fields=('store', 'sha2'), name='records_attachment_once'),
        ),
        migrations.AddConstraint(
            model_name='agentname',
            constraint=models.UniqueConstraint(fields=('store', 'key', 'name'), name='records_agent_name_once'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.UniqueConstraint(fields=('store', 'key'), name='records_activity_once'),
        ),
        migrations.AddIndex(
            model_name='voiding',
            index=models.Index(fields=['by'], name='records_voiding_by'),
        ),
        migrations.AddConstraint(
            model_name='voiding',
            constraint=models.UniqueConstraint(fields=('store', 'target'), name='records_voiding_once'),
        ),
        OnDatabase(partitions.cut, OnDatabase.noop),
        append_only("records_statementkey"),
        append_only_but_erasable("records_statement", "raw", "text"),
        append_only("records_mention"),
        append_only("records_voiding"),
        append_only("records_voided"),
    ]
