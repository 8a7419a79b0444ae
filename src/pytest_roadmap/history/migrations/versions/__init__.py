"""One module per change of the layout; what is there is never lost."""
