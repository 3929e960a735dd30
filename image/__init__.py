"""Builds the image of the appliance from package registries: ``make image``, ``docs/image.md``."""
