"""Roles (printer, scanner, drawer, payment terminal) bound to the drivers that serve them."""
