"""Views of the staffed till."""
