"""The terminal side of ZVT, from the specification: only the tables are shared with the driver."""
