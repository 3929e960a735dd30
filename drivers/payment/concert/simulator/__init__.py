"""Simulated French terminals, written from the specification and not from our drivers."""
