# Policies for groups of people.
$ErrorActionPreference = "Stop"
Get-CsUser -OU "OU=External,DC=litwareinc,DC=com" | Grant-CsPersistentChatPolicy -PolicyName "NoChat"
Get-CsUser -OU "OU=Trading,DC=litwareinc,DC=com" | Grant-CsPersistentChatPolicy -PolicyName "Trading"
