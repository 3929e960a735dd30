"""What a country's law adds to a completed sale, one regime per module."""
