"""A made-up company, and simulators of the vendors it uses."""
