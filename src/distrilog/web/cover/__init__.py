"""The picture of cover: who will run out and when, who has not said, and what is done about it."""
