"""What a component costs, measured on the engine in the sandbox. Nothing else lives here."""
