"""Customer displays: two rows of twenty characters on a pole."""
