"""RFID readers: the tags that lie on a tray."""
