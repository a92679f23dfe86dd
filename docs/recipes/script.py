"""A script: sign in once, then work with the API. The next run finds the tokens.

python script.py https://pair.example lobby-tv
"""

import sys

import httpx

import pairgrant


def main(issuer: str, client_id: str, storage: str = "tokens.json") -> int:
    try:
        with pairgrant.SyncClient(issuer, client_id, storage=storage) as client:
            if client.stored_tokens() is None:
                with client.pair() as pairing:
                    print(f"Open {pairing.verification_uri} and enter {pairing.user_code}", flush=True)
                    pairing.tokens()
            with httpx.Client(auth=client.auth(), base_url=issuer) as http:
                for notice in http.get("/board/notices").raise_for_status().json()["notices"]:
                    print(notice["text"])
    except pairgrant.PairgrantError as error:  # denied and expired too
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
