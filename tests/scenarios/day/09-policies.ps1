# People from outside have accounts, and no chat; the people of Trading have a policy of their own.
$ErrorActionPreference = "Stop"
New-CsPersistentChatPolicy -Identity "NoChat" -EnablePersistentChat $false | Out-Null
New-CsPersistentChatPolicy -Identity "Trading" -EnablePersistentChat $true | Out-Null
