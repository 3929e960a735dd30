"""Tables derived from the journal, and the catalogue of articles."""
