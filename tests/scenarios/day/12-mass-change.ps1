# The year is over: last year's rooms are closed, and what they were for is kept in their descriptions.
$ErrorActionPreference = "Stop"
$old = Get-CsPersistentChatRoom | Where-Object {$_.Name -match "2025$" -and -not $_.Disabled}
Write-Host "Rooms of last year: $($old.Count)"
$old | ForEach-Object { Set-CsPersistentChatRoom -Identity $_.Identity -Description "$($_.Description) (closed)" }
$old | Set-CsPersistentChatRoom -Disabled $true -Privacy Secret
