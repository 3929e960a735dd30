"""The journal's way to the head office."""
