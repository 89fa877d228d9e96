# A second pool for the people in Paris, and a friendly address for each pool.
$ErrorActionPreference = "Stop"
New-CsPool -Identity "par-pcpool-002.litwareinc.com" -Site "Paris"
New-CsSipDomain -Identity "paris.litwareinc.com"
