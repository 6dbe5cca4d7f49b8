"""Open edX courses (OLX, .tar.gz)."""
