"""Add-ins by their cmdlets."""

from tests.cli.kit import POOL, Place


def test_an_add_in_from_registration_to_removal(place: Place) -> None:
    made = place.objects('New-CsPersistentChatAddin -Name "Ticker" -Url "https://ticker.example/"')
    assert made == [{"Identity": f"{POOL}\\Ticker", "Name": "Ticker", "Url": "https://ticker.example/"}]
    place.prints("shell", "-c", "Set-CsPersistentChatRoom Engineering -Addin ticker")
    assert place.objects("Get-CsPersistentChatRoom -Addin TICKER | Select-Object Name, Addin") == [
        {"Name": "Engineering", "Addin": "Ticker"}]
    refused = place.fails("Remove-CsPersistentChatAddin", "Ticker")
    assert refused.id.startswith("ChatAddinInUse")
    change = "Get-CsPersistentChatAddin | Set-CsPersistentChatAddin -Name Board -Url http://board/"
    place.prints("shell", "-c", f"{change} -WhatIf")
    assert [one["Name"] for one in place.objects("Get-CsPersistentChatAddin")] == ["Ticker"]
    place.prints("shell", "-c", change)
    place.prints("shell", "-c", "Remove-CsPersistentChatAddin Board -Force")
    assert place.objects("Get-CsPersistentChatAddin") == []
    assert place.objects("Get-CsPersistentChatRoom Engineering | Select-Object Addin") == [{"Addin": ""}]
    assert place.fails("Get-CsPersistentChatAddin", "Board").id.startswith("ChatAddinNotFound")
