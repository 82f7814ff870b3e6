"""The pages of the perimeter, a module a subject."""
