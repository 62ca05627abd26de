"""Who may do what to which fields of which rows: Casbin decides from a table, scopes become filters; no doors."""
