"""Screens of the staffed till."""
