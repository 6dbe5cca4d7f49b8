"""cmi5 course packages (the xAPI profile cmi5, Quartz 1st edition): a cmi5.xml, in a zip or alone."""
