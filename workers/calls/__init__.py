"""The way of one exchange call: declared once, then through small steps, each in a file of its own."""
