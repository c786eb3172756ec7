"""Boards and air without hardware; README.md in this folder says how, and by which rules and numbers.

A test or benchmark begins at `simulation.Simulation`, another program at `control.Control` (which loads nothing else).
"""
