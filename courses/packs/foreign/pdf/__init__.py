"""PDF documents, read by a process with bounds of its own."""
