# The walls: neither department may see, find or enter what the other one writes.
$ErrorActionPreference = "Stop"
$research = "OU=Research,DC=litwareinc,DC=com"
$trading = "OU=Trading,DC=litwareinc,DC=com"
$pool = "atl-pcpool-001.litwareinc.com"
Set-CsPersistentChatCategory -Identity "$pool\Research" -AllowedMembers @{Add=$research} -DeniedMembers @{Add=$trading}
Set-CsPersistentChatCategory -Identity "$pool\Trading" -AllowedMembers @{Add=$trading} -DeniedMembers @{Add=$research}
Set-CsPersistentChatCategory -Identity "par-pcpool-002.litwareinc.com\Paris" -AllowedMembers @{Add=$research, $trading}
