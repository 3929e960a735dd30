"""Label printers: shelf labels and labels of weighed goods."""
