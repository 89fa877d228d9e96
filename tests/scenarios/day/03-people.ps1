# Accounts by department, from the list of the personnel office.
$ErrorActionPreference = "Stop"
$domain = "DC=litwareinc,DC=com"
Import-Csv people.csv | ForEach-Object {
    New-CsUser -SipAddress "sip:$($_.Name)@litwareinc.com" -DisplayName $_.DisplayName `
        -Password $_.Password -Container "OU=$($_.Department),$domain"
} | Out-Null
New-CsGroup -Name "HelpDesk" | Out-Null
