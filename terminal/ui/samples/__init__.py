"""Hand-made worlds: states as they occur, for pictures and tests, without a journal."""
