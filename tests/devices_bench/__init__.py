"""The bench of drivers on real kernel devices, in an emulated machine (``make bench-devices``)."""
