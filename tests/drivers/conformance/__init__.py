"""The conformance kit: what every driver must do with its simulator, whatever its family."""
