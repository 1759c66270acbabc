"""Every subcommand of `petrel`, a module each; `petrel.cli` lists them."""
