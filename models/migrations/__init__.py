"""The steps from an empty database to this version's schema, in order; `lixiao migrate` applies them."""
