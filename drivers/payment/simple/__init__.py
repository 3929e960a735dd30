"""The simple POI protocol: what our own simulated payment terminal speaks."""
