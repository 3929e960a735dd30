"""The demonstration's panel: the simulated devices of a shop, and the plug of the terminal."""
