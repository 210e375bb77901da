"""How values are typed in: fields, forms made from models, the forms that moves ask for."""
