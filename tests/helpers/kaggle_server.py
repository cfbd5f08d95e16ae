"""A server on 127.0.0.1 that does what Kaggle does, as far as its official client can tell.

The client is sent here by its own means: KAGGLE_API_ENVIRONMENT=LOCALHOST and a proxy for http.
"""

import base64
import io
import itertools
import json
import sys
import threading
import zipfile
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

USER, KEY, TOKEN = "someone", "not-a-real-key", "not-a-real-token"
OPEN = ("DownloadDataset", "IntrospectToken")  # need no credentials


@dataclass
class Fault:
    """What goes wrong: requests of `call`, from the `after`th on, `times` times."""

    call: str
    how: int | str  # a status, "cut", "half", "late", "hang", or "lost": done, but not answered
    times: int = 10**9
    after: int = 0


@dataclass
class Entry:
    """A data set on the site."""

    versions: list[dict[str, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    request: dict = field(default_factory=dict)
    processing: int = 0  # answers until the last version is ready


class KaggleServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.entries: dict[str, Entry] = {}
        self.blobs: dict[str, dict] = {}
        self.tokens = itertools.count()
        self.faults: list[Fault] = []
        self.calls: list[str] = []
        self.hidden: dict[str, int] = {}  # file: answers that do not list it
        self.slow = 0  # answers for which a new version is being processed
        self.unpacks = True
        self.puts: list[tuple[str, int, int]] = []  # name, first byte, bytes taken

    def handle_error(self, *words):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # of a client that was killed
            super().handle_error(*words)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fault(self, call):
        for fault in self.faults:
            if fault.call == call and fault.times > 0:
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault.how
        return None

    def files(self, ref):
        """Of the version that is shown (of OWNER/SLUG, the last), as it is shown."""
        owner, slug, *version = ref.split("/")
        shown = {}
        versions = self.entries[f"{owner}/{slug}"].versions
        for name, content in versions[int(version[0]) - 1 if version else -1].items():
            if name.endswith(".zip") and self.unpacks:
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    for member in archive.namelist():
                        shown[f"{name[:-4]}/{member}"] = archive.read(member)
            else:
                shown[name] = content
        return shown


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes
    server: KaggleServer

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = urlsplit(self.path).path.rsplit("/", 1)[-1]
        self.server.calls.append(call)
        how = self.server.fault(call)
        if how == "cut":
            self.close_connection = True
            self.connection.close()
            return
        if isinstance(how, int):
            self.refuse(how, f"fault {how}")
            return
        if how == "hang":
            self.hang()
            return
        if how == "late":
            threading.Event().wait(0.1)
        if how == "lost":
            self.wfile = io.BytesIO()
            self.close_connection = True
        user = base64.b64encode(f"{USER}:{KEY}".encode()).decode()
        shown = self.headers.get("Authorization")
        if shown in (f"Basic {user}", f"Bearer {TOKEN}") or call in OPEN:
            getattr(self, call)(json.loads(body or b"{}"))
        else:
            self.refuse(401, "Unauthenticated")

    def hang(self):
        """No answer, and the connection stays; longer than any test."""
        threading.Event().wait(60)
        self.close_connection = True

    def answer(self, content, status=200, kind="application/json", headers=()):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, status, message):
        headers = [("Retry-After", "0")] if status == 429 else []
        self.answer({"code": status, "message": message}, status, headers=headers)

    def entry(self, request):
        ref = f"{request['ownerSlug']}/{request['datasetSlug']}"
        if ref not in self.server.entries:
            self.refuse(403, "Permission 'datasets.get' was denied")
            return ref, None
        return ref, self.server.entries[ref]

    def IntrospectToken(self, request):
        self.answer({"active": request["token"] == TOKEN, "username": USER})

    def GetDatasetStatus(self, request):
        _, entry = self.entry(request)
        if entry is not None:
            status = "READY"
            if entry.processing > 0:
                entry.processing -= 1
                status = "BLOBS_RECEIVED"
            self.answer({"status": status})

    def GetDataset(self, request):
        ref, entry = self.entry(request)
        if entry is not None:
            self.answer({"ref": ref, "currentVersionNumber": len(entry.versions)})

    def GetDatasetMetadata(self, request):
        _, entry = self.entry(request)
        if entry is not None:
            sent = entry.request
            info = {"isPrivate": sent.get("isPrivate", False), "title": sent.get("title")}
            licences = [{"name": sent["licenseName"]}] if "licenseName" in sent else []
            self.answer({"info": info | {"licenses": licences}})

    def ListDatasetFiles(self, request):
        ref, entry = self.entry(request)
        if entry is None:
            return
        files = self.server.files(ref)
        for name, left in self.server.hidden.items():
            if left > 0:
                files.pop(name, None)
                self.server.hidden[name] -= 1
        names = sorted(files)
        start = int(request.get("pageToken") or 0)
        stop = start + min(int(request.get("pageSize") or 20), 3)  # pages are followed to the end
        shown = [{"name": name, "totalBytes": len(files[name])} for name in names[start:stop]]
        token = str(stop) if stop < len(names) else ""
        self.answer({"datasetFiles": shown, "nextPageToken": token})

    def StartBlobUpload(self, request):
        token = f"blob-{next(self.server.tokens)}"
        size = int(request["contentLength"])
        self.server.blobs[token] = {"name": request["name"], "size": size, "data": b""}
        self.answer({"token": token, "createUrl": f"{self.server.url}/upload/{token}"})

    def CreateDataset(self, request):
        ref = f"{request['ownerSlug']}/{request['slug']}"
        if request["ownerSlug"] != USER:
            return self.refuse(403, "You are not allowed to create a dataset as this owner.")
        if ref in self.server.entries:
            return self.answer({"status": "error", "error": "The title is already in use."})
        self.take(ref, request, request["files"], "")

    def CreateDatasetVersion(self, request):
        ref, entry = self.entry(request)
        if entry is None:
            return
        if entry.processing > 0:
            return self.refuse(400, "the last version is still being processed")
        body = request["body"]
        self.take(ref, body, body["files"], body["versionNotes"])

    def take(self, ref, request, files, note):
        version = {}
        for file in files:
            blob = self.server.blobs[file["token"]]
            if len(blob["data"]) != blob["size"]:
                return self.refuse(400, f"{blob['name']} is incomplete")
            version[blob["name"]] = blob["data"]
        entry = self.server.entries.setdefault(ref, Entry())
        entry.versions.append(version)
        entry.notes.append(note)
        entry.request = entry.request | request
        entry.processing = self.server.slow
        self.answer({"status": "ok", "ref": ref, "url": f"/datasets/{ref}"})

    def DownloadDataset(self, request):
        ref, entry = self.entry(request)
        if entry is None:
            return
        files = self.server.files(ref)
        if request.get("fileName"):
            if request["fileName"] not in files:
                return self.refuse(404, "no such file")
            path = f"/files/{ref}/{request['fileName']}"
        else:
            version = request.get("datasetVersionNumber")
            path = f"/archive/{ref}/{version}.zip" if version else f"/archive/{ref}.zip"
        self.send_response(302)
        self.send_header("Location", self.server.url + path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        path = urlsplit(self.path).path
        kind, *words = path.removesuffix(".zip")[1:].split("/")
        files = self.server.files("/".join(words[:2] if kind == "files" else words))
        if kind == "files":
            content = files[path.split("/", 4)[4]]
        else:
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                for name, data in sorted(files.items()):
                    archive.writestr(zipfile.ZipInfo(name), data)
            content = buffer.getvalue()
        how = self.server.fault("GET " + path.split("/")[1])
        if isinstance(how, int):
            return self.refuse(how, f"fault {how}")
        if how == "hang":
            return self.hang()
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.server.calls.append(f"GET {path.split('/')[1]} from {start}")
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{zlib.crc32(content)}"')
        self.send_header("Last-Modified", "Sat, 01 Nov 2025 12:00:00 GMT")
        self.end_headers()
        rest = content[start:]
        if how == "cut":
            self.wfile.write(rest[: len(rest) // 2])
            self.close_connection = True
            self.wfile.flush()
            self.connection.close()
            return
        self.wfile.write(rest)

    def do_PUT(self):
        blob = self.server.blobs.get(urlsplit(self.path).path.rsplit("/", 1)[-1])
        length = int(self.headers.get("Content-Length") or 0)
        span = self.headers.get("Content-Range", "")
        if blob is None:
            self.rfile.read(length)
            return self.answer(b"", 404)
        if span.startswith("bytes */"):
            self.server.calls.append("PUT query")
            if len(blob["data"]) == blob["size"]:
                return self.answer(b"")
            had = len(blob["data"])
            return self.answer(b"", 308, headers=[("Range", f"bytes=0-{had - 1}")] if had else [])
        start = int(span.split()[1].split("-")[0]) if span else 0
        self.server.calls.append("PUT")
        how = self.server.fault(f"PUT {blob['name']}") or self.server.fault("PUT")
        if how == "hang":
            return self.hang()
        data = self.rfile.read(length // 2 if how in ("cut", "half") else length)
        if how in ("cut", "half", None):
            blob["data"] = blob["data"][:start] + data
            self.server.puts.append((blob["name"], start, len(data)))
        if how == "cut":
            self.close_connection = True
            self.connection.close()
        elif how == "half":  # took half of it, then could not go on
            self.rfile.read(length - length // 2)
            self.answer(b"", 503)
        else:
            self.answer(b"", how or 200)


def start():
    """A server at work in a thread of its own."""
    server = KaggleServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server
