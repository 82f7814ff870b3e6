"""What every journey shares: base template, middleware, context, components."""
