"""The drawing kit: fonts, pen, codes and documents; the only room that knows ReportLab."""
