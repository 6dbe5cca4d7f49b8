#!/usr/bin/env python3
"""Runs a file of SQL in one transaction: `apply.py DATABASE_URL FILE`. For machines that have no psql."""

import sys
from pathlib import Path

import psycopg

url, name = sys.argv[1:]
with psycopg.connect(url) as connection:
    connection.execute(Path(name).read_text(encoding="utf-8"))
