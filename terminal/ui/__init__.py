"""The Kivy screens of the till and of the kiosk."""
