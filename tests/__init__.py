"""The proof: one file per noun, and the tests that hold for everything."""
