"""The API for hospital and partner systems."""
