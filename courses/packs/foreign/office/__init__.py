"""Word and PowerPoint documents; what else there is of offices is refused with a way out."""
