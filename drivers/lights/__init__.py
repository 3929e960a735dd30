"""Light towers and buzzers."""
