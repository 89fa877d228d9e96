# A category for each department and one for all, in both pools' sites.
$ErrorActionPreference = "Stop"
"Research", "Trading" | ForEach-Object {
    New-CsPersistentChatCategory -Name $_ -PersistentChatPoolFqdn "atl-pcpool-001.litwareinc.com" -EnableInvitations
} | Out-Null
New-CsPersistentChatCategory -Name "Paris" -PersistentChatPoolFqdn "par-pcpool-002.litwareinc.com" | Out-Null
