"""The command line: one module per command group; each imports its shell inside the command, so that help is quick."""
