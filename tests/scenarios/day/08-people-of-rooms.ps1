# Everybody of a department is a member of its rooms; the auditoriums have presenters.
$ErrorActionPreference = "Stop"
"Research", "Trading" | ForEach-Object {
    Get-CsPersistentChatRoom -Category "atl-pcpool-001.litwareinc.com\$_" |
        Set-CsPersistentChatRoom -Members @{Add="OU=$_,DC=litwareinc,DC=com"}
}
