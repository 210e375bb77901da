"""What is typed at the door: name and password, a new password, a PIN."""

from itertools import pairwise

from forms.fields import CONTROL

_COMMON = """password passw0rd password1 qwertyuiop qwerty123 1q2w3e4r 1qaz2wsx zaq12wsx asdfghjkl zxcvbnm1 iloveyou
woaini520 woaini1314 5201314a a1234567 a12345678 abc12345 abcd1234 admin123 admin888 administrator letmein1
welcome1 wuye1234 wuye8888 kefu1234 kefu8888 shoujie1 shoujie-demo 66668888 88886666 11223344 12341234 123123123
147258369 789456123 987654321 1234567890 0123456789 12345678 123456789 87654321"""
COMMON = frozenset(_COMMON.split())
SHORTEST, LONGEST = 8, 128
PASSWORD_RULES = (
    f"{SHORTEST} 到 {LONGEST} 个字符，长比复杂更安全，可以是一句话",
    "不能含工号或手机号，不能是常见密码、连号或同一个字符",
)
PIN_RULES = ("6 位数字，只用于在别人的电脑上签字确认", "不能是连号、同一个数字，也不能是手机号的末六位")


def password_fault(new: str, *own: str | None) -> str:
    """What is wrong with a new password, as a sentence; empty = good. `own` are the words it may not contain."""
    low = new.casefold()
    if not SHORTEST <= len(new) <= LONGEST:
        return f"密码应为 {SHORTEST} 到 {LONGEST} 个字符"
    if CONTROL.search(new):
        return "密码里有不能输入的字符"
    if low in COMMON or _is_row(low) or len(set(low)) < 4:
        return "这个密码太容易被猜到，请换一个"
    if any(word and len(word) >= 3 and word.casefold() in low for word in own):
        return "密码里不能含工号或手机号"
    return ""


def pin_fault(pin: str, phone: str | None) -> str:
    """What is wrong with a new PIN, as a sentence; empty = good."""
    if len(pin) != 6 or not (pin.isascii() and pin.isdigit()):
        return "PIN 应为 6 位数字"
    if _is_row(pin) or len(set(pin)) < 3 or (phone and phone.endswith(pin)):
        return "这个 PIN 太容易被猜到，请换一个"
    return ""


def _is_row(text: str) -> bool:
    """12345678, 87654321, abcdefgh: every step the same."""
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    return len(steps) <= 1 and steps <= {-1, 0, 1}
