"""Shards, copies and refreshing are said by settings, for all types or for one."""

import pytest
from django.core.management import CommandError, call_command

from search import engines
from search.engines.elasticsearch import index_settings


def test_settings_of_all_types_and_of_one(settings):
    settings.ELASTICSEARCH_SHARDS = "1, course=3"
    settings.ELASTICSEARCH_REPLICAS = "2"
    settings.ELASTICSEARCH_REFRESH = "course=5s,1s"
    assert index_settings("course") == {
        "number_of_shards": 3,
        "number_of_replicas": 2,
        "refresh_interval": "5s",
    }
    assert index_settings("lesson") == {
        "number_of_shards": 1,
        "number_of_replicas": 2,
        "refresh_interval": "1s",
    }
    settings.ELASTICSEARCH_LIFECYCLE = "course=courses"
    assert index_settings("course")["lifecycle.name"] == "courses"
    assert "lifecycle.name" not in index_settings("lesson")


@pytest.mark.elasticsearch
def test_an_index_that_lives_takes_what_can_be_changed(courses, engine, settings, capsys):
    if engine == "database":
        with pytest.raises(CommandError, match="ELASTICSEARCH_URL"):
            call_command("reindex", configure=True)
        return
    settings.ELASTICSEARCH_REPLICAS, settings.ELASTICSEARCH_REFRESH = "0", "7s"
    call_command("reindex", configure=True)
    assert capsys.readouterr().out.split() == ["course"]
    cluster = engines.cluster()
    (index,) = cluster.client.indices.get_settings(index=cluster.alias("course")).values()
    assert index["settings"]["index"]["refresh_interval"] == "7s"
    # A policy for a node that knows none is told in a sentence.
    settings.ELASTICSEARCH_LIFECYCLE = "courses"
    with pytest.raises(CommandError, match="course"):
        call_command("reindex", configure=True)
