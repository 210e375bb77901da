"""What a page shows, as values: a view fills one of the …Page classes, a template draws it; nothing else passes.

How a view uses it
    shell = Shell(menu=…, person_name=…, …)             # once per request, the same for every page
    return render_template("list.html", page=ListPage(title="工作任务单", …), shell=shell)

Template → value (shell= goes to all; login, password and error also draw without it)
    list ListPage · form FormPage · document DocumentPage · home HomePage · household HouseholdPage
    search SearchPage · login LoginPage · password PasswordPage · error ErrorPage · stale StalePage
    import_upload ImportUploadPage · import_match ImportMatchPage · import_verdicts ImportVerdictsPage
    import_progress ImportProgressPage · forms_center FormsCenterPage · scan ScanPage · alerts AlertsPage
    trail TrailPage · policies PoliciesPage

What holds everywhere
  - Templates know no state, permission or limit: words, tones and allowed actions arrive ready made, values masked.
  - A tone is one of "", open, wait, done, late, seal, void (Lifecycle.tones); "" is grey.
  - Action(method="post"): one shared form posts it, with `csrf_token` and `token` (the page's form token).
    With `fields` or `confirm` it opens a dialog. Its url answers GET with form.html (the same fields, for who has no
    JavaScript) and POST by doing it; a refused POST is form.html again, 422, with what was typed.
    `reason` set = not allowed now: shown, not pressed.
  - A picker posts `name` (the id) and `name_text` (what stands in the box): with an empty id the server resolves
    the text.
  - The bulk form posts `id` (repeated), or `every=1` with `query` (the list's query string), plus `token`.
    A bulk action whose fields arrive empty (no JavaScript) is answered by form.html carrying the ids in `hidden`.
  - Exports and prints post and answer 303 to the file. Filters, tabs, sort and paging are links or GET forms.
  - flash("text", tone) or flash({"text": …, "url": …, "label": "撤销"}, tone) is a toast on the next page.
  - A line editor posts names with an index (`lines-0-qty`); `blank` is one row with `__n__` in place of the index.

What the scripts ask (JSON; every url stands in the page; an error is {"error": "一句中文"} with a 4xx)
  - BADGE below is {"word", "tone"} or null.
  - Shell.lookup_url: GET ?q= → {"groups": [{"label", "hits": [{"label", "note", "url", "icon", "badge": BADGE,
    "hint"}]}], "note": "7 条", "direct": url to open at once, or ""}
  - Field.source of a picker: GET ?q=[&within=] → {"hits": [{"id", "label", "note", "badge": BADGE, "fill": {key:
    value}}]}; `fill` goes into the fields (or, in a line, the columns) of those names
  - Masked.url, Field.reveal_url: POST reason= → {"value", "seconds"}; written to the trail
  - Field.source of a cosign: POST who=, secret=, slot= → {"pass", "name", "post", "at"}; the form then posts the pass
    under the field's name; without JavaScript `name_who` and `name_secret` are posted and checked on saving
  - DuplicateCheck.url: GET ?<fields> → {"message", "matches": [{"number", "url", "text", "note", "badge": BADGE}]}
  - ImportProgressPage.status_url: GET → {"done", "total", "word", "finished", "failed", "next"}
  A signature field posts a PNG as a data: url, empty when nothing was drawn. A scan posts `code`, or a file `photo`.
"""

from admin_views.page.document import (
    AttachmentView,
    ClockView,
    CopyView,
    DocumentPage,
    FactCard,
    LinesTable,
    PrintView,
    Related,
    SignatureView,
    Step,
    TrailEntryView,
)
from admin_views.page.form import DuplicateCheck, FormPage, LineColumn, LineEditor, Section, StalePage, StaleRow
from admin_views.page.home import (
    Bar,
    BarChart,
    Count,
    Found,
    FoundGroup,
    HomePage,
    HouseholdPage,
    PaperCard,
    RosterStrip,
    SearchPage,
    Shift,
    TodoGroup,
    TodoItem,
)
from admin_views.page.imports import (
    ColumnMatch,
    ImportMatchPage,
    ImportProgressPage,
    ImportUploadPage,
    ImportVerdictsPage,
    Verdict,
    VerdictCell,
)
from admin_views.page.list import Chip, Column, Empty, Export, ListPage, PageLink, Pager, QueryField, Row
from admin_views.page.parts import (
    NOTHING,
    Action,
    Badge,
    Cell,
    Choice,
    Copies,
    Crumb,
    Due,
    Fact,
    Field,
    FieldKind,
    Link,
    LinkCell,
    Masked,
    Method,
    Notice,
    SideCard,
    SideLine,
    Tab,
    Tag,
    Tags,
    Text,
    Tone,
)
from admin_views.page.rest import (
    AlertsPage,
    ErrorPage,
    FormEntry,
    FormGroup,
    FormsCenterPage,
    LoginPage,
    PasswordPage,
    PoliciesPage,
    PolicyGroup,
    PolicyRow,
    ScanPage,
    TrailPage,
)
from admin_views.page.shell import MenuGroup, MenuItem, Shell

__all__ = [
    "NOTHING",
    "Action",
    "AlertsPage",
    "AttachmentView",
    "Badge",
    "Bar",
    "BarChart",
    "Cell",
    "Chip",
    "Choice",
    "ClockView",
    "Column",
    "ColumnMatch",
    "Copies",
    "CopyView",
    "Count",
    "Crumb",
    "DocumentPage",
    "Due",
    "DuplicateCheck",
    "Empty",
    "ErrorPage",
    "Export",
    "Fact",
    "FactCard",
    "Field",
    "FieldKind",
    "FormEntry",
    "FormGroup",
    "FormPage",
    "FormsCenterPage",
    "Found",
    "FoundGroup",
    "HomePage",
    "HouseholdPage",
    "ImportMatchPage",
    "ImportProgressPage",
    "ImportUploadPage",
    "ImportVerdictsPage",
    "LineColumn",
    "LineEditor",
    "LinesTable",
    "Link",
    "LinkCell",
    "ListPage",
    "LoginPage",
    "Masked",
    "MenuGroup",
    "MenuItem",
    "Method",
    "Notice",
    "PageLink",
    "Pager",
    "PaperCard",
    "PasswordPage",
    "PoliciesPage",
    "PolicyGroup",
    "PolicyRow",
    "PrintView",
    "QueryField",
    "Related",
    "RosterStrip",
    "Row",
    "ScanPage",
    "SearchPage",
    "Section",
    "Shell",
    "Shift",
    "SideCard",
    "SideLine",
    "SignatureView",
    "StalePage",
    "StaleRow",
    "Step",
    "Tab",
    "Tag",
    "Tags",
    "Text",
    "TodoGroup",
    "TodoItem",
    "Tone",
    "TrailEntryView",
    "TrailPage",
    "Verdict",
    "VerdictCell",
]
