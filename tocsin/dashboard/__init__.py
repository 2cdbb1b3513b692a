"""The page an analyst leaves open: reads what the service keeps, silences, and asks for dead letters to be tried again."""
