"""What screens are made of: drawing only, every size and colour from the theme."""
