"""Wagtail's own search in the admin (pages, pictures, documents, snippets), taught Chinese.

Owns: back ends for `modelsearch` that cut text before it is kept and queries before they are asked, in the same way, on
SQLite, PostgreSQL and Elasticsearch. Refuses: being the site's search; learners are answered by `search.api`.
"""
