"""The same endpoints, and the events that act, as tools with typed, flat arguments and no modes.

A tool of this style is a row in `TYPED_TOOLS`: its name, what it does, the call or the acting event that it sends, and
its arguments. Policy, approval, delivery and answers are those of every tool.
"""

from langchain_customerio.tools.typed.table import TYPED_TOOLS
from langchain_customerio.tools.typed.tool import TypedTool

__all__ = ["TYPED_TOOLS", "TypedTool"]
