"""Moodle course backups (.mbz)."""
