"""Shards, copies and refreshing are said by settings, for all types or for one."""

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
