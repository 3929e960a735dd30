"""How far the machine's clock can be trusted, from what the system knows about it."""
