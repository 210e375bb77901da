"""What exists: tables, Chinese labels, states and arrows. Knows nothing of Flask, forms or paper."""

from models import append_only, clock, numbers
from models.base import AppendOnly, Base, Encrypted, Money, Quantity, Record, Scaled, UTCDateTime, field
from models.deadlines import Alert, Clock, Incident, Obligation, Rung, WorkDay
from models.document import Document, FormToken, Series, SeriesCounter, Stateful
from models.estate import Building, Occupancy, Resident, ResidentPhone, SearchGram, Unit
from models.follow_ups import FollowUp
from models.lifecycle import Lifecycle, Move, move
from models.paper import Attachment, ExportRun, PaperCopy, PrintRun, Signature
from models.people import Appointment, Leave, LoginSession, LoginThrottle, OrgUnit, Staff
from models.policy import PolicyValue
from models.posts import DEPARTMENTS, POSTS, Post, post_named
from models.tickets import CallRecord, Ticket, TicketCheck
from models.trail import RecordNote, TrailEntry, TrailHead, TrailSeal, tell
from models.views import SavedView
from models.work_orders import WorkOrder, WorkOrderMaterial

__all__ = [
    "Alert",
    "AppendOnly",
    "Appointment",
    "Attachment",
    "Base",
    "Building",
    "CallRecord",
    "Clock",
    "DEPARTMENTS",
    "Document",
    "Encrypted",
    "ExportRun",
    "FollowUp",
    "FormToken",
    "Incident",
    "Leave",
    "Lifecycle",
    "LoginSession",
    "LoginThrottle",
    "Money",
    "Move",
    "Obligation",
    "Occupancy",
    "OrgUnit",
    "POSTS",
    "PaperCopy",
    "PolicyValue",
    "Post",
    "PrintRun",
    "Quantity",
    "Record",
    "RecordNote",
    "Resident",
    "ResidentPhone",
    "Rung",
    "SavedView",
    "Scaled",
    "SearchGram",
    "Series",
    "SeriesCounter",
    "Signature",
    "Staff",
    "Stateful",
    "Ticket",
    "TicketCheck",
    "TrailEntry",
    "TrailHead",
    "TrailSeal",
    "UTCDateTime",
    "Unit",
    "WorkDay",
    "WorkOrder",
    "WorkOrderMaterial",
    "append_only",
    "clock",
    "field",
    "move",
    "numbers",
    "post_named",
    "tell",
]
