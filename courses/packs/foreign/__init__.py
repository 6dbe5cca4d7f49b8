"""Packs of other systems: what is in them, what of it can come in, and the native pack made of that.

Each format is one module with an `Adapter` (formats.py): it says whether a file is its own and reads it into an
`Outline`. Nothing here writes to a database, and nothing knows how a native pack gets to be a course.
"""
