"""Payment terminals (nexo: POI)."""
