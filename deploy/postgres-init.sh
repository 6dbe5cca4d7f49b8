#!/bin/sh
# Run by the PostgreSQL container once, when its data folder is new: makes the two roles.
set -eu
psql --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
  -v owner_password="$(cat "$OWNER_PASSWORD_FILE")" -v app_password="$(cat "$APP_PASSWORD_FILE")" \
  -f /rongtong/production-roles.sql
