"""What the moves of a 新增编码申请 ask for, and a photograph of a thing."""

from forms.actions import Ask, ask
from forms.evidence import Upload
from forms.fields import Words
from models import Material, NewCodeRequest

ask(
    NewCodeRequest,
    "submit",
    "photo_far photo_near photo_spec",
    over={
        "photo_far": Upload("远景", accept="image/*", purpose="远景"),
        "photo_near": Upload("近景", accept="image/*", purpose="近景"),
        "photo_spec": Upload("规格型号", accept="image/*", purpose="规格型号"),
    },
    note="三张照片：远景、近景、规格型号；退回后重新提交的，已有的照片不必再传。",
)
ask(NewCodeRequest, "assign_code", "code", over={"code": Words("存货编码", required=True, longest=40)})
PHOTO = Ask(Material, "photo", over={"photo": Upload("照片", accept="image/*", required=True)})
