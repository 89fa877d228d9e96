# The help desk sets passwords in Trading, and does nothing else.
$ErrorActionPreference = "Stop"
New-CsAdminRole -Identity "HelpDesk" -Template "CsHelpDesk" -UserScopes "OU:OU=Trading,DC=litwareinc,DC=com" `
    -Cmdlets @{Replace="Get-CsUser", "Set-CsUserPassword"} | Out-Null
Set-CsGroup -Identity "HelpDesk" -Members @{Add="sip:hector@litwareinc.com"}
