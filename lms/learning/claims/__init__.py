"""What packages claim of time and completion beside what the player's own meter saw, for staff.

Owns: the one rule of what contradicts, for SCORM and cmi5 alike, and the page that shows it. Refuses: changing anything by it:
claims are evidence, and what is done about one is a person's decision. LTI's scores come without a time, so there is nothing
to compare.
"""
