"""The documentation site: tables that come from the code, and checks of what was built."""
