"""The perimeter: who is served, through whom, who answers for it, at what price and until when."""
