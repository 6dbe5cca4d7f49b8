"""Celery tasks of search: thin, and safe to lose or to run twice."""

from celery import shared_task

from search import indexing, jobs


@shared_task(name="search.catch_up")
def catch_up() -> int:
    looked = indexing.catch_up()
    jobs.order_rebuilds()
    return looked


@shared_task(name="search.order_check")
def order_check() -> None:
    jobs.order_check()


@shared_task(name="search.sweep")
def sweep() -> int:
    return indexing.sweep()
