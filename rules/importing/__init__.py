"""Taking over what an office already keeps in spreadsheets (导入): read, find, clean, judge, confirm, apply."""
