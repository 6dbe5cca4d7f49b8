import django.db.models.deletion
import search.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(max_length=40)),
                ('generation', models.PositiveIntegerField()),
                ('doc_id', models.CharField(max_length=100)),
                ('title', models.TextField()),
                ('summary', models.TextField(blank=True)),
                ('body', models.TextField(blank=True)),
                ('url', models.TextField(blank=True)),
                ('language', models.CharField(max_length=20)),
                ('facets', models.JSONField(default=dict)),
                ('extra', models.JSONField(default=dict)),
                ('boost', models.FloatField(default=1.0)),
                ('published_at', models.DateTimeField(null=True)),
                ('centihours', models.BigIntegerField(default=0)),
                ('public', models.BooleanField(default=False)),
                ('hidden', models.BooleanField(default=False)),
                ('tokens', search.models.TokensField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('type', 'generation', 'doc_id'), name='search_entry_once')],
            },
        ),
        migrations.CreateModel(
            name='Shelf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('engine', models.CharField(max_length=20)),
                ('type', models.CharField(max_length=40)),
                ('active', models.PositiveIntegerField(default=1)),
                ('building', models.PositiveIntegerField(null=True)),
                ('rebuilt_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('engine', 'type'), name='search_shelf_once')],
            },
        ),
        migrations.CreateModel(
            name='EntryFacet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('value', models.CharField(max_length=200)),
                ('entry', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='values', to='search.entry')),
            ],
            options={
                'indexes': [models.Index(fields=['entry', 'name', 'value'], name='search_facet_entry')],
            },
        ),
    ]
