"""The measurements of `make bench`: throw-away databases, a served house, figures beside their aims."""
