# Friendly addresses, so that older clients find the pools.
$ErrorActionPreference = "Stop"
New-CsPersistentChatEndpoint -SipAddress "sip:pce@litwareinc.com" -PersistentChatPoolFqdn "atl-pcpool-001.litwareinc.com" -DisplayName "Atlanta"
New-CsPersistentChatEndpoint -SipAddress "sip:pce@paris.litwareinc.com" -PersistentChatPoolFqdn "par-pcpool-002.litwareinc.com" -DisplayName "Paris"
