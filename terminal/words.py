"""Sentences in the languages of the shop."""
