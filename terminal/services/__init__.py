"""What the terminal does: session, payments, printing, recovery."""
