"""Single pins (GPIO): lamps, buzzers, sensors and lines that carry no bytes."""
