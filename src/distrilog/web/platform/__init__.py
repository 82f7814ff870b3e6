"""A platform's tour, phone first: receive, hand out, say what stays; and what agencies and the cell see of it."""
