"""Byte channels with deadlines, addressed by URL."""
