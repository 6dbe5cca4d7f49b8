"""Foreign packages that run as programs of their own (SCORM, cmi5): kept whole, unpacked, served on the content host.

Owns: ContentPackage rows and their files. Refuses: knowing learners, and what a package says while it runs (lms.learning).
"""
