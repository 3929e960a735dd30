"""The screen of a machine that has no settings yet, or whose settings cannot be taken."""
