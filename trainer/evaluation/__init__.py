"""How good a bundle is on labelled examples."""
