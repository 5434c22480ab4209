"""`python -m tests.site`: writes the tables of the documentation anew."""

from tests.site.tables import main

main()
