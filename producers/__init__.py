"""Feeds -> NewsItem. No module here decides anything about the news."""
