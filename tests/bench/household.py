"""The household and the catalogue that the benches serve: the same rows for DynamoDB and for SQLite."""
import base64
import hashlib
import hmac
import json
import sqlite3
import time

from host import KEY

OVERVIEW = "What happens in it, told in some eighty characters, as TMDB does for most films."
LISTS = [f"{name}#{kind}" for kind in ("movie", "tv") for name in ("popular", "trending", "hidden_gems", "award_winning")]
LISTS += [f"genre_{movie}#movie" for movie in (28, 35, 18, 878, 27)] + [f"genre_{tv}#tv" for tv in (10759, 35, 18, 10765, 9648)]


def token():
    """Signs a session as the API does."""
    def encode(data):
        return base64.urlsafe_b64encode(data).decode().rstrip("=")
    signed = f"{int(time.time())}.{encode(b'Bench')}"
    return f"{signed}.{encode(hmac.new(KEY.encode(), signed.encode(), hashlib.sha256).digest())}"


def requests(count):
    """Requests for films, with what TMDB says of them."""
    return [{
        "media_type": "movie", "tmdb_id": 500_000 + n, "title": f"Title {n}", "created_at": f"2026-01-01T00:00:00.{n:06}+00:00",
        "year": 1960 + n % 60, "overview": OVERVIEW, "poster_path": f"/{n:027}.jpg", "imdb_id": f"tt{n:07}", "requested_by": "Zoe",
        "genre_ids": [(28, 35, 18)[n % 3], 53], "original_language": "en",
    } for n in range(1, count + 1)]


def rows(count):
    """Rows of the catalogue, spread over its lists."""
    now = int(time.time())
    for n in range(1, count + 1):
        name = LISTS[n % len(LISTS)]
        genre = int(name.split("#")[0].removeprefix("genre_")) if name.startswith("genre") else (28, 35, 18, 878, 27)[n // 7 % 5]
        yield {
            "list": name, "tmdb_id": n, "score": n * 37 % 1000 / 10, "expires": now + 86_400, "fetched": now, "title": f"Title {n}",
            "overview": f"{n}: " + "A traveller comes to a town by the sea, and nothing stays as it was. " * 5, "poster": f"/poster{n}.jpg",
            "backdrop": f"/backdrop{n}.jpg", "released": f"{1950 + n % 75}-06-01", "genres": f"{genre},99", "popularity": n * 37 % 1000,
            "rating": 5 + n % 50 / 10, "votes": n % 3000, "language": "en",
        }


def summary(count):
    now = int(time.time())
    lists = [{"list": name, "items": count // len(LISTS), "bytes": 0, "fetched_at": now, "expires_at": now + 86_400} for name in LISTS]
    return json.dumps({"updated_at": now, "lists": lists})


def item(values, renamed=()):
    """Writes values as DynamoDB does."""
    def value(of):
        if isinstance(of, list):
            return {"L": [value(each) for each in of]}
        return {"S": of} if isinstance(of, str) else {"N": f"{of:g}" if isinstance(of, float) else str(of)}
    return {dict(renamed).get(name, name): value(of) for name, of in values.items()}


def partitions(requested, library, catalogue):
    """Returns the tables' partitions, and the catalogue's summary."""
    found = {"movie": [item(of) for of in requests(requested)]}
    for kind in ("movie", "tv"):
        found[f"LIBRARY#{kind}"] = [
            item({"media_type": f"LIBRARY#{kind}", "tmdb_id": n, "synced_at": "2026-01-01T00:00:00.000000+00:00", "title": "Held"})
            for n in range(1, library + 1) if (n % 3 == 0) == (kind == "tv")]
    for of in rows(catalogue):
        found.setdefault(of["list"], []).append(item(of, [("expires", "ttl")]))
    return found, item({"list": "SUMMARY", "tmdb_id": 0, "body": summary(catalogue)})


def fill(file, requested, library, catalogue=0):
    """Puts the same into the tables of a server that is not running."""
    database = sqlite3.connect(file)
    database.executemany(
        "INSERT INTO requests (media_type, tmdb_id, title, created_at, year, overview, poster_path, imdb_id, requested_by, genre_ids, "
        "original_language) VALUES (:media_type, :tmdb_id, :title, :created_at, :year, :overview, :poster_path, :imdb_id, :requested_by, "
        ":genres, :original_language)", [{**of, "genres": json.dumps(of["genre_ids"])} for of in requests(requested)])
    database.executemany("INSERT INTO library (media_type, tmdb_id, title, synced_at) VALUES (?, ?, 'x', 0)",
                         [("tv" if n % 3 == 0 else "movie", n) for n in range(1, library + 1)])
    database.executemany(
        "INSERT INTO catalogue (list, tmdb_id, score, expires_at, fetched_at, fingerprint, title, overview, poster_path, backdrop_path, "
        "release_date, genre_ids, popularity, vote_average, vote_count, original_language, adult) VALUES (:list, :tmdb_id, :score, "
        ":expires, :fetched, x'00', :title, :overview, :poster, :backdrop, :released, :genres, :popularity, :rating, :votes, :language, 0)",
        rows(catalogue))
    if catalogue:
        database.execute("INSERT INTO catalogue_summary (id, body) VALUES (0, ?)", [summary(catalogue)])
    database.commit()
    database.close()
