# The rooms, from the list that the departments sent.
$ErrorActionPreference = "Stop"
Import-Csv rooms.csv | ForEach-Object {
    New-CsPersistentChatRoom -Name $_.Name -Description "For $($_.Topic)" -Privacy $_.Privacy -Type $_.Type `
        -PersistentChatPoolFqdn $_.Pool -Category "$($_.Pool)\$($_.Category)"
} | Out-Null
