"""Test beds (Erprobungsräume): what a municipality offers to try things in."""
