"""What the API is: its calls, their fields, limits and meanings. No I/O."""
