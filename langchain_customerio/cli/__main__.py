"""`python -m langchain_customerio.cli`."""

from langchain_customerio.cli import main

main()
