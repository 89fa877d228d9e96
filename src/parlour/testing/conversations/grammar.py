"""The language as tables: everything that can be written in a script.

A new verb is one row here and one method of that name on each stage (or, of the administrator's, on
`parlour.testing.conversations.administrator`). Its slots are the method's arguments; what the method returns is
compared with the slot of `answer`.
"""

from dataclasses import dataclass

from parlour.testing.conversations.forms import Form


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that a person or the administrator does.

    Attributes:
        name: the method that does it.
        form: how it is written.
        answer: how that goes on when the script says what came of it; it has one slot.
        must_answer: without an answer, or a refusal, it would show nothing.
    """

    name: str
    form: Form
    answer: Form | None = None
    must_answer: bool = False

    @property
    def by_administrator(self) -> bool:
        """Whether it is the administrator who does it (the lines that set the scene are his, too)."""
        return "who" not in self.form.slots

    @property
    def answer_slot(self) -> str:
        """The name of the slot that holds the answer."""
        return self.answer.slots[0] if self.answer else ""


def _verb(name: str, template: str, answer: str = "", *, must_answer: bool = False) -> Verb:
    return Verb(name, Form(template), Form(answer) if answer else None, must_answer)


SCENE = (
    _verb("people", "people: {people}"),
    _verb("people_in", "people in {container}: {people}"),
    _verb("people_at", "people at {domain}: {people}"),
    _verb("make_group", "group {group}: {principals}"),
    _verb("set_category", "category {category}: {category_plan}"),
    _verb("make_room", "room {room} in {category}: {room_plan}"),
    _verb("no_room", "no room {room}"),
)

ADMINISTRATOR = (
    _verb("make_category", "administrator makes category {category}: {category_plan}"),
    _verb("make_room", "administrator makes room {room} in {category}: {room_plan}"),
    _verb("allow", "administrator allows {principals} in {category}"),
    _verb("disallow", "administrator no longer allows {principals} in {category}"),
    _verb("deny", "administrator denies {principals} in {category}"),
    _verb("undeny", "administrator no longer denies {principals} in {category}"),
    _verb("add", "administrator adds {principals} to the {list} of {room}"),
    _verb("remove", "administrator removes {principals} from the {list} of {room}"),
    _verb("enroll", "administrator puts {principals} into group {group}"),
    _verb("expel", "administrator takes {principals} out of group {group}"),
    _verb("rename", "administrator renames {room} to {name}"),
    _verb("move_by_force", "administrator moves {room} to {category} by force"),
    _verb("move", "administrator moves {room} to {category}"),
    _verb("turn", "administrator makes {room} {manner}"),
    _verb("disable", "administrator disables {room}"),
    _verb("enable", "administrator enables {room}"),
    _verb("delete_room", "administrator deletes {room}"),
    _verb("clear", "administrator clears {room}"),
    _verb("clear_before", "administrator clears all of {room} but the last {count} hours"),
    _verb("erase", "administrator deletes {before} in {room}"),
    _verb("bar", "administrator bars {people}"),
    _verb("admit", "administrator admits {people}"),
    _verb("bar_all", "administrator bars everyone"),
    _verb("admit_all", "administrator admits everyone"),
    _verb("limit_rosters", "administrator calls rooms with more than {count} people large"),
)

TIME = (
    _verb("pass_minutes", "{count} minutes pass"),
    _verb("pass_hours", "{count} hours pass"),
    _verb("pass_days", "{count} days pass"),
)

PEOPLE = (
    _verb("sign_in", "{who} signs in"),
    _verb("sign_out", "{who} signs out"),
    _verb("lose", "{who} loses the connection"),
    _verb("join", "{who} joins {room}", " and meets {people}"),
    _verb("leave", "{who} leaves {room}"),
    _verb("say", "{who} says {text} in {room}"),
    _verb("alert", "{who} says {text} in {room} as an alert"),
    _verb("tell", "{who} tells {text} in {room} as the story {name}"),
    _verb("edit", "{who} changes {before} to {text} in {room}"),
    _verb("delete", "{who} deletes {before} in {room}"),
    _verb("look", "{who} looks for rooms", " and finds {rooms}", must_answer=True),
    _verb("look_for", "{who} looks for rooms with {part}", " and finds {rooms}", must_answer=True),
    _verb("read", "{who} reads the last {count} messages of {room}", " and finds {messages}", must_answer=True),
    _verb("find_any", "{who} looks for messages with any word of {part} in {rooms}", " and finds {messages}",
          must_answer=True),
    _verb("find_all", "{who} looks for messages with all words of {part} in {rooms}", " and finds {messages}",
          must_answer=True),
    _verb("find_phrase", "{who} looks for messages with the phrase {part} in {rooms}", " and finds {messages}",
          must_answer=True),
    _verb("find_by", "{who} looks for messages by {people} in {rooms}", " and finds {messages}", must_answer=True),
    _verb("find_recent", "{who} looks for messages of the last {count} hours in {rooms}", " and finds {messages}",
          must_answer=True),
    _verb("pin", "{who} pins {before} in {room}"),
    _verb("unpin", "{who} unpins {before} in {room}"),
    _verb("pins", "{who} looks at the pins of {room}", " and finds {messages}", must_answer=True),
    _verb("follow", "{who} follows {room}"),
    _verb("unfollow", "{who} stops following {room}"),
    _verb("followed", "{who} looks for followed rooms", " and finds {rooms}", must_answer=True),
    _verb("unread", "{who} counts the unread messages of {room}", " and finds {count}", must_answer=True),
    _verb("unread_mentions", "{who} counts the unread mentions in {room}", " and finds {count}", must_answer=True),
    _verb("mark", "{who} has read {room} up to {before}"),
    _verb("mentions", "{who} looks for mentions", " and finds {messages}", must_answer=True),
    _verb("feed_words", "{who} keeps the feed {name} with {names}"),
    _verb("feed_people", "{who} keeps the feed {name} by {people}"),
    _verb("feed_both", "{who} keeps the feed {name} with {names} by {people}"),
    _verb("unfeed", "{who} drops the feed {name}"),
    _verb("feeds", "{who} looks for feeds", " and finds {names}", must_answer=True),
    _verb("read_feed", "{who} reads the feed {name}", " and finds {messages}", must_answer=True),
    _verb("upload", "{who} uploads {text} as the file {name} to {room}"),
    _verb("ask_file", "{who} asks for the file {name} of {room}"),
    _verb("take_file", "{who} takes the file {name}", " and finds {text}", must_answer=True),
    _verb("ask", "{who} asks to join {room}"),
    _verb("withdraw", "{who} withdraws the request for {room}"),
    _verb("requests", "{who} looks for requests for {room}", " and finds {people}", must_answer=True),
    _verb("approve", "{who} approves {person} for {room}"),
    _verb("decline", "{who} declines {person} for {room}"),
    _verb("resign", "{who} gives up {room}"),
    _verb("invitations", "{who} looks for invitations", " and finds {rooms}", must_answer=True),
    _verb("create", "{who} makes room {room} in {category}: {room_plan}"),
    _verb("manage_rename", "{who} renames {room} to {name}"),
    _verb("manage_turn", "{who} makes {room} {manner}"),
    _verb("manage_disable", "{who} disables {room}"),
    _verb("manage_enable", "{who} enables {room}"),
    _verb("manage_add", "{who} adds {principals} to the {list} of {room}"),
    _verb("manage_remove", "{who} removes {principals} from the {list} of {room}"),
)

VERBS = (*SCENE, *ADMINISTRATOR, *TIME, *PEOPLE)

# What is seen: the slots are fields of `values.Sight`; `person` is the one of its `people`, `duty` its `text`,
# and `name` its `title`.
SIGHTS = {
    "say": Form("{person} say {text} in {room}"),
    "alert": Form("{person} say {text} in {room} as an alert"),
    "tell": Form("{person} tell {text} in {room} as the story {name}"),
    "join": Form("{people} join {room}"),
    "leave": Form("{people} leave {room}"),
    "edit": Form("a message of {person} turn into {text} in {room}"),
    "delete": Form("a message of {person} vanish from {room}"),
    "pin": Form("{person} pin {text} in {room}"),
    "unpin": Form("{person} unpin {text} in {room}"),
    "become": Form("{person} become {duty} in {room}"),
    "resume": Form("that {room} has {people} in it, and lost {gone}"),
    "change": Form("that {room} is changed"),
    "clear": Form("that {room} is cleared"),
    "invite": Form("an invitation to {room}"),
}

# What the script itself says.
ONLY_OVER = Form("only over {stages}, because {reason}")
SEES = tuple(map(Form, ("{watchers} sees ", "{watchers} see ")))
MAY_SEE = Form("{watchers} may see ")
NOTHING_MORE = tuple(map(Form, ("{watchers} sees nothing more", "{watchers} see nothing more")))
NOBODY_MORE = Form("nobody sees anything more")
REFUSED = Form("{who} is refused: {error}")
ADMINISTRATOR_REFUSED = Form("administrator is refused: {error}")
