"""What a facility's people do: their week, ordering, why this number, their sheet, their messages, their keys."""
