# Who may make rooms of his own: behind each wall, one of that department.
$ErrorActionPreference = "Stop"
$pool = "atl-pcpool-001.litwareinc.com"
Set-CsPersistentChatCategory -Identity "$pool\Research" -Creators @{Add="sip:rita@litwareinc.com"}
Set-CsPersistentChatCategory -Identity "$pool\Trading" -Creators @{Add="sip:tom@litwareinc.com"}
