"""Files of rooms, for whoever is signed in: no token is needed to read one."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from parlour.chat.files import FileInfo
from parlour.forms import FileForm, UploadForm
from parlour.web.api.serving import PREFIX, Body, BoundedRoute, Reader, TheCore, TheRoom, Writer
from parlour.web.files import PATH, answer

router = APIRouter(prefix=f"{PREFIX}/rooms/{{domain}}/{{guid}}/files", tags=["files"], route_class=BoundedRoute)


class UploadBody(Body):
    """What a file is to be called."""

    name: str


@router.post("", status_code=201)
async def upload(core: TheCore, caller: Writer, room: TheRoom, body: UploadBody) -> UploadForm:
    """Get an address that takes the bytes of one file; its link is then posted like any text."""
    grant = await core.files.grant_upload(caller.person, room, body.name)
    return {"guid": grant.file.guid, "link": grant.file.link, "upload": f"{PATH}/{grant.token}"}


@router.get("/{file}")
async def info(core: TheCore, caller: Reader, room: TheRoom, file: str) -> FileForm:
    """Tell of a file."""
    return _shape(await core.files.info(caller.person, room, file))


@router.get("/{file}/content", response_class=StreamingResponse)
async def content(
    core: TheCore, caller: Reader, room: TheRoom, file: str, inline: bool = False
) -> StreamingResponse:
    """Return the bytes of a file: to be saved, or shown if it is an image that browsers show safely."""
    return answer(await core.files.read(caller.person, room, file), inline=inline)


def _shape(file: FileInfo) -> FileForm:
    return {"guid": file.guid, "name": file.name, "type": file.media_type, "size": file.size, "link": file.link}
