"""IMS Common Cartridge 1.0 to 1.3, and what Canvas adds to it."""
