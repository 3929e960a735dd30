"""Invoices as files: figures without VAT, EN 16931 in XML, and the page that carries it."""
