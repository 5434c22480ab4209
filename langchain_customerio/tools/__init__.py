"""The LangChain and LangGraph tools."""
