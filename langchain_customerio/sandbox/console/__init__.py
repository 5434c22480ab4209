"""The page that `Sandbox.serve()` shows at `/`: what arrives, live, and what the workspace holds."""
