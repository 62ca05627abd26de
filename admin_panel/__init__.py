"""The desk on screen: Flask-Admin views generated from the API's metadata. A client of the API; it decides nothing."""
