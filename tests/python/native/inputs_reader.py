"""A module of a project that reads in every way: what the tests of inputs call."""

READER = """
    import os, pathlib, subprocess, socket, sqlite3, io, glob, pickle, threading
    def read(path):
        with open(path) as file:
            return file.read()
    def read_path(path):
        return pathlib.Path(path).read_text()
    def low_level(path):
        os.close(os.open(path, os.O_RDONLY))
    def write(path, mode="w"):
        with open(path, mode) as file:
            file.write("x")
    def entries(folder):
        return list(folder.iterdir())
    def call(function, *arguments):
        return function(*arguments)
"""
