"""The look of the pages that play Seller Central. Plain HTML, no script."""

from __future__ import annotations

from html import escape

_STYLE = """
*{box-sizing:border-box}body{margin:0;background:#f4f5f6;color:#16191f;
font:16px/1.5 system-ui,sans-serif}header{background:#1d3a47;color:#fff;padding:14px 24px}
header b{font-weight:650}header span{opacity:.75;margin-left:10px;font-size:14px}
main{max-width:680px;margin:40px auto;background:#fff;border:1px solid #d5dbdb;
border-radius:8px;padding:28px 32px}h1{font-size:22px;margin:0 0 12px}
label{display:block;margin:16px 0 6px}select{width:100%;padding:9px;font:inherit;
border:1px solid #879596;border-radius:4px;background:#fff}button{font:inherit;padding:9px 20px;
border-radius:4px;border:1px solid #8d6a1f;background:#f3c35b;color:#16191f;cursor:pointer}
button.quiet{background:#fff;border-color:#879596}.row{display:flex;gap:12px;margin-top:24px}
table{width:100%;border-collapse:collapse;margin:12px 0 24px}td,th{text-align:left;
padding:8px 6px;border-bottom:1px solid #eaeded;font-size:14px}code{word-break:break-all;
background:#f4f5f6;padding:2px 5px;border-radius:3px}.error{border-left:4px solid #b3261e;
padding-left:16px}small{color:#545b64}
"""


def layout(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>"
        "<header><b>Seller Central</b><span>Packbench sandbox: pretend sellers, "
        "pretend orders</span></header>"
        f"<main>{content}</main></body></html>"
    )


def error_page(code: str, message: str) -> str:
    text = f"<h1>We're sorry, an error occurred</h1><p>{escape(message)}</p>"
    return layout("Error", f'<div class="error">{text}<p>Error code: <b>{code}</b></p></div>')


def hidden(**values: str) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in values.items()
    )


def options(pairs: list[tuple[str, str]]) -> str:
    return "".join(
        f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in pairs
    )
