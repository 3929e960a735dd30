"""State in, frozen screen views out; pure and without Kivy."""
