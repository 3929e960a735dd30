"""State to screen, in words: pure functions, without Kivy.

Each screen has a module with a frozen ``...View`` and a function ``present(state, desk,
surroundings, words)``; ``route`` names the screen.
"""
