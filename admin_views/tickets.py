"""报事 on screen."""
from admin_views.documents import DocumentView
from admin_views.list_pages import Preset
from models import Ticket


class TicketView(DocumentView):
    """What residents ask for."""

    record = Ticket
    menu_group = "前台"
    place = 10
    columns = ("number", "unit_id", "content", "customer", "reporter_phone", "kind", "first_contact_id", "state", "received_at")
    filters = ("+state", "kind", "unit_id", "first_contact_id", "received_at", "-reporter_phone")
    search = "number content customer unit.code reporter_phone"
    sections = (("报事", "channel received_at unit_id place customer reporter reporter_phone kind priority content read_back"),)
    presets = (Preset("待回访", "state=to_follow_up", "wait"),)
