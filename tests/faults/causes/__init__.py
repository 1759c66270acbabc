"""What goes wrong: a module for each kind of cause."""
