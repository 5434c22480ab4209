"""The toolkit as an MCP server; it needs the extra `mcp`.

```python
from langchain_customerio import CustomerioPipelinesToolkit

server = CustomerioPipelinesToolkit().mcp_server()
serve = server.run  # serve() speaks over the standard streams
```
"""

from langchain_customerio.mcp.http import http_app
from langchain_customerio.mcp.server import mcp_server

__all__ = ["http_app", "mcp_server"]
