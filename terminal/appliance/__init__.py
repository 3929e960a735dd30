"""The machine around the terminal: its card, its partitions, its clock of life, what it is told.

What is here reads and writes files of the appliance (``places``) and knows neither the journal nor
the screens; services and commands put it to use.
"""
