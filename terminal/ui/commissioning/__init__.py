"""The commissioning screen, of till and kiosk alike."""
