"""What the eye meets: tokens, components, base templates, icons, covers. Knows no model of others."""
