"""Figures written as each language writes them."""
