"""Power monitors: a line that says that the mains are gone while a reserve still feeds us."""
