project = "A manual with a run in it"
extensions = ["myst_parser"]
html_theme = "alabaster"
