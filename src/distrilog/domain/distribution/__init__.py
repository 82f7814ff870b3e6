"""The push chain: weekly plans through the hospital platforms, what they hand out, programmes, the regions' own stock."""
