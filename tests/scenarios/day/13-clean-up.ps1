# Rooms that are closed for good go, the policy that nobody needs as well.
$ErrorActionPreference = "Stop"
$ConfirmPreference = "None"
Get-CsPersistentChatRoom -Disabled $true | Where-Object {$_.Category -like "*Trading"} | Remove-CsPersistentChatRoom
Remove-CsPersistentChatPolicy -Identity "Trading"
