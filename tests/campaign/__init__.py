"""Tests of the campaign room."""
