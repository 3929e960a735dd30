"""Views of the self-checkout kiosk."""
