"""The power of a whole emulated machine, cut again and again on a disk that forgets."""
