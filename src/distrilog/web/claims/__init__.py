"""Claims: what was despatched and did not arrive as announced, with who must answer and by when."""
