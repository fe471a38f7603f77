"""Templates of a folder in the browser."""
