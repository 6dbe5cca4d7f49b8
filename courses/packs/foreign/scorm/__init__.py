"""SCORM 1.2 and 2004 (2nd to 4th edition): packages → lessons that run them. What plays is lms/learning/scorm's."""
