"""What exists: tables, Chinese labels, states and arrows. Knows nothing of Flask, forms or paper."""

from models import append_only, clock, numbers, searching
from models.base import AppendOnly, Base, Encrypted, Money, Quantity, Record, Scaled, UTCDateTime, field
from models.checks import TicketCheck
from models.deadlines import Alert, Clock, Incident, Obligation, Rung, WorkDay
from models.document import Document, FormToken, Series, SeriesCounter, Stateful
from models.duties import ChangeRequest, DutyTask, KnowledgeEntry, UpwardReport
from models.estate import Building, Occupancy, Resident, ResidentPhone, Unit
from models.follow_ups import FollowUp
from models.imports import ImportRow, ImportRun
from models.keys import KeyCabinet, KeyItem, KeySection
from models.keys_counts import KeyCount, KeyCountLine, KeyDelegation, KeyReport
from models.keys_deposits import KeyDeposit, KeyEnvelope
from models.keys_incidents import KeyCopyOrder, KeyIncident, KeyLockChange, RepairKeyPickup
from models.keys_loans import KeyCall, KeyLoan, KeyNightOpening
from models.keys_receipts import KeyOpening, KeyReceipt
from models.keys_unsealings import KeyEntry, KeyUnsealing
from models.lifecycle import Lifecycle, Move, move
from models.materials import Material, NewCodeRequest
from models.meetings import Meeting, MeetingAction
from models.paper import Attachment, AttachmentVoid, ExportRun, PaperCopy, PrintContent, PrintRun, Signature
from models.people import Appointment, Leave, LoginSession, LoginThrottle, OrgUnit, PostName, Staff
from models.policy import PolicyValue
from models.posts import DEPARTMENTS, POSTS, Post, post_named
from models.slip_lines import SlipLine
from models.slips import StockIn, StockInLine, StockOut, StockOutLine, StockSlip
from models.stock import MonthBalance, StockBalance, StockEntry, StockMonth
from models.stocktakes import Stocktake, StocktakeLine
from models.tickets import CallRecord, Ticket
from models.trail import RecordNote, TrailEntry, TrailHead, TrailSeal, tell
from models.transfers import Transfer, TransferLine
from models.views import SavedView
from models.warehouses import StorageBin, Warehouse
from models.work_orders import WorkOrder, WorkOrderMaterial

__all__ = [
    "DEPARTMENTS",
    "POSTS",
    "Alert",
    "AppendOnly",
    "Appointment",
    "Attachment",
    "AttachmentVoid",
    "Base",
    "Building",
    "CallRecord",
    "ChangeRequest",
    "Clock",
    "Document",
    "DutyTask",
    "Encrypted",
    "ExportRun",
    "FollowUp",
    "FormToken",
    "ImportRow",
    "ImportRun",
    "Incident",
    "KeyCabinet",
    "KeyCall",
    "KeyCopyOrder",
    "KeyCount",
    "KeyCountLine",
    "KeyDelegation",
    "KeyDeposit",
    "KeyEntry",
    "KeyEnvelope",
    "KeyIncident",
    "KeyItem",
    "KeyLoan",
    "KeyLockChange",
    "KeyNightOpening",
    "KeyOpening",
    "KeyReceipt",
    "KeyReport",
    "KeySection",
    "KeyUnsealing",
    "KnowledgeEntry",
    "Leave",
    "Lifecycle",
    "LoginSession",
    "LoginThrottle",
    "Material",
    "Meeting",
    "MeetingAction",
    "Money",
    "MonthBalance",
    "Move",
    "NewCodeRequest",
    "Obligation",
    "Occupancy",
    "OrgUnit",
    "PaperCopy",
    "PolicyValue",
    "Post",
    "PostName",
    "PrintContent",
    "PrintRun",
    "Quantity",
    "Record",
    "RecordNote",
    "RepairKeyPickup",
    "Resident",
    "ResidentPhone",
    "Rung",
    "SavedView",
    "Scaled",
    "Series",
    "SeriesCounter",
    "Signature",
    "SlipLine",
    "Staff",
    "Stateful",
    "StockBalance",
    "StockEntry",
    "StockIn",
    "StockInLine",
    "StockMonth",
    "StockOut",
    "StockOutLine",
    "StockSlip",
    "Stocktake",
    "StocktakeLine",
    "StorageBin",
    "Ticket",
    "TicketCheck",
    "TrailEntry",
    "TrailHead",
    "TrailSeal",
    "Transfer",
    "TransferLine",
    "UTCDateTime",
    "Unit",
    "UpwardReport",
    "Warehouse",
    "WorkDay",
    "WorkOrder",
    "WorkOrderMaterial",
    "append_only",
    "clock",
    "field",
    "move",
    "numbers",
    "post_named",
    "searching",
    "tell",
]
