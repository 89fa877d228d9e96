"""The page that somebody sees whose sign-in elsewhere came to nothing."""

from html import escape

from fastapi.responses import HTMLResponse

from parlour.errors import ParlourError

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sign-in failed</title>
<main>
<h1>You are not signed in</h1>
<p role="alert"><bdi>{text}</bdi></p>
<p>{name}, status {status}</p>
<p><a href="{again}">Try again</a> or <a href="/">go to the sign-in page</a></p>
</main>
</html>
"""


def refusal_page(error: ParlourError, again: str) -> HTMLResponse:
    """Return a plain page, without any script or style, that says what went wrong.

    Args:
        error: what it was.
        again: where to begin anew.
    """
    text = str(error).encode("utf-8", "replace").decode()
    content = _PAGE.format(text=escape(text), name=error.kind.name, status=error.kind.http, again=escape(again))
    return HTMLResponse(content, error.kind.http)
