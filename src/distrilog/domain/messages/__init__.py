"""Who is told what, and who acknowledged."""
