"""Names of screens that till and kiosk share."""

SERVICE = "service"
"""The service screen, and the panel of the desk that shows it."""
