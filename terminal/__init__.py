"""The point-of-sale terminal: core, journal, services, screens."""

__version__ = "0.2.0"
