"""Commissioning: every device of a terminal found, tested and adopted, and the signed report."""
