"""How the tables came to be, step by step. What is here is never changed."""
