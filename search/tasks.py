"""Celery tasks of search: thin, and safe to lose or to run twice."""

from celery import shared_task

from search import indexing, jobs


@shared_task(name="search.catch_up")
def catch_up() -> int:
    looked = indexing.catch_up()
    jobs.fill_incomplete()
    return looked


@shared_task(name="search.sweep")
def sweep() -> int:
    return indexing.sweep()
