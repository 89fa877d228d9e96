"""Where-Object and ForEach-Object."""

from parlour.admin.engine.comparison import OPERATORS, compare, member, truthy
from parlour.admin.engine.definition import Example, Meta
from parlour.admin.engine.objects import Value, as_list
from parlour.admin.engine.parameters import Parameter, parameter
from parlour.admin.engine.syntax import ScriptBlock
from parlour.admin.engine.types import Commands, Kind, ParameterType
from parlour.admin.engine.utility.base import ObjectCmdlet
from parlour.errors import PARAMETER_SET_UNRESOLVED, PATTERN_INVALID, PATTERN_TOO_SLOW, ParlourError

_SCRIPT = ("ScriptBlockSet",)
_PROPERTY = ("PropertySet",)

_DISPLAY = {
    "notlike": "NotLike", "notmatch": "NotMatch", "notcontains": "NotContains", "notin": "NotIn",
    "like": "Like", "match": "Match", "contains": "Contains", "in": "In",
}


class WhereObject(ObjectCmdlet):
    """Passes on the objects that fulfil a condition.

    The condition is a script block over $_, or a property, an operator and a value. A pattern that is not valid or
    takes too long ends the pipeline.
    """

    meta = Meta(
        "Where-Object",
        aliases=("where", "?"),
        default_set="ScriptBlockSet",
        utility=True,
        examples=(
            Example('Get-CsAdminRole | Where-Object {$_.Cmdlets -match "Endpoint"}', "Roles with such a cmdlet."),
            Example("Get-CsAdminRole | Where Identity -like Cs*", "The same with a property and an operator."),
        ),
    )
    filter_script: ScriptBlock = parameter(
        position=1, mandatory=True, sets=_SCRIPT, help='A condition, e.g. {$_.Name -like "A*"}.'
    )
    property: str = parameter(position=1, mandatory=True, sets=_PROPERTY, help="The property to look at.")
    value: Value = parameter(position=2, sets=_PROPERTY, help="What to compare with.")

    async def begin(self) -> None:
        """Find the operator."""
        given = [name for name in _BY_PARAMETER if name in self.bound]
        if len(given) > 1:
            reason = f"-{given[0]} cannot be used together with -{given[1]}"
            raise ParlourError(PARAMETER_SET_UNRESOLVED, f"-{given[0]}", reason=reason)
        self._operator = _BY_PARAMETER[given[0]] if given else None

    async def process(self) -> None:
        """Pass the object on if it fulfils the condition."""
        if not self.has_input:
            return
        try:
            wanted = truthy(self._result())
        except ParlourError as error:
            if error.kind in (PATTERN_INVALID, PATTERN_TOO_SLOW):
                await self.terminate(error)
            raise
        if wanted:
            await self.write(self.input_object)

    def _result(self) -> Value:
        block = self.filter_script
        if "FilterScript" in self.bound:
            return None if block.expression is None else block.expression.evaluate(self.input_object)
        left = member(self.input_object, self.property)
        if self._operator is None:
            return left if "Value" not in self.bound else compare("eq", left, self.value)
        return compare(self._operator[0], left, self.value, self._operator[1])


def _operator_parameter(name: str, case: bool) -> Parameter:
    shown = ("C" if case else "") + _DISPLAY.get(name, name.upper())
    text = f"Compares with -{name}" + (", and capitals matter." if case else ".")
    aliases = () if case else ("I" + shown,)
    attribute, switch = f"by_{shown.lower()}", ParameterType(Kind.SWITCH)
    return Parameter(shown, attribute, switch, sets=_PROPERTY, aliases=aliases, default=False, help=text)


_OPERATOR_PARAMETERS = {
    _operator_parameter(name, case): (name, case) for case in (False, True) for name in OPERATORS
}
_BY_PARAMETER = {known.name: meaning for known, meaning in _OPERATOR_PARAMETERS.items()}

WhereObject.parameters += tuple(_OPERATOR_PARAMETERS)


class ForEachObject(ObjectCmdlet):
    """Does something for each object: runs commands, or gives a value or a property.

    $_ is the object, in values of parameters and inside strings, e.g. "Room $($_.Name)". An error of one object is
    shown and the next one is tried, unless $ErrorActionPreference or -ErrorAction of a command inside says otherwise.
    """

    meta = Meta(
        "ForEach-Object",
        aliases=("foreach", "%"),
        default_set="ScriptBlockSet",
        utility=True,
        examples=(
            Example("Get-CsAdminRole | ForEach-Object Identity", "The names of the roles."),
            Example('Get-CsUser | ForEach-Object {Set-CsUser $_ -DisplayName "$($_.DisplayName) (Litware)" -WhatIf}',
                    "Another name for everybody, as a trial."),
        ),
    )
    process_block: Commands = parameter(
        name="Process", position=1, mandatory=True, sets=_SCRIPT,
        help="Commands or a value, e.g. {Get-CsUser $_.Identity} or {$_.Name}.",
    )
    member_name: str = parameter(position=1, mandatory=True, sets=_PROPERTY, help="The property to give.")

    async def process(self) -> None:
        """Run the commands, or write the value, lists element by element."""
        if not self.has_input:
            return
        if "MemberName" in self.bound:
            await self.write_all(as_list(member(self.input_object, self.member_name)))
        elif self.process_block.expression is not None:
            await self.write_all(as_list(self.process_block.expression.evaluate(self.input_object)))
        else:
            await self.context.run(self.process_block.body or (), self.input_object)
