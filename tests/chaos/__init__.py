"""Campaigns under fire: killed, starved, cut off. The judge is the vendor's own log of whom it dialled.

``python -m tests.chaos`` plays everything and writes a report; the suite plays a short form of each scene.
"""
