"""Alert -> people. One module per outside service, named by its noun; no sink knows another."""
