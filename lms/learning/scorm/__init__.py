"""What SCORM packages say while people play them: attempts, their state on any device, and statements of it.

Owns: attempts and sessions. Refuses: believing any of it. Time and completion that a SCO claims are evidence; study time is
the player's own meter's (lms/learning/study), and what contradicts it is shown to staff (lms/learning/claims).
"""
