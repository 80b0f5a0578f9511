"""GET /v5/user/query-api: whose key it is and what it may do. Source: Bybit v5 docs, "Get API Key Information"."""

import zlib

from simulator.bybit.call import Call, Result

_PERMISSIONS = {
    "ContractTrade": ["Order", "Position"],
    "Spot": ["SpotTrade"],
    "Wallet": ["AccountTransfer"],
    "Options": ["OptionsTrade"],
    "Derivatives": ["DerivativesTrade"],
    "CopyTrading": [],
    "BlockTrade": [],
    "Exchange": [],
    "NFT": [],
    "Affiliate": [],
    "Earn": [],
}


def uid(account: str) -> int:
    """An account's user id."""
    return zlib.crc32(account.encode())


def key_info(call: Call) -> Result:
    """Any key may ask; a key that is bound to no address ends after 90 days."""
    account = call.account
    assert account is not None  # noqa: S101 - the route is signed
    number = uid(account.name)
    document = {
        "id": str(number),
        "note": account.name,
        "apiKey": account.api_key,
        "readOnly": int(account.read_only),
        "secret": "",
        "permissions": _PERMISSIONS,
        "ips": sorted(account.ips) or ["*"],
        "type": 1,
        "deadlineDay": -2 if account.ips else 90,
        "expiredAt": "1970-01-01T00:00:00Z",
        "createdAt": "2025-10-13T03:20:45Z",
        "unified": 0,
        "uta": 1,
        "userID": number,
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_1",
        "kycRegion": "",
    }
    return Result(document, message="")
