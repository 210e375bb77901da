"""The demo company (演示公司): invented people in an invented estate, made relative to today."""
