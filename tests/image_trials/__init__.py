"""Trials of the image as it is shipped, in emulated machines."""
