"""Screens of the self-checkout kiosk."""
