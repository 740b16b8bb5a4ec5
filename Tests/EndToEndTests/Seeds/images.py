"""Serves the images that the manifests name and that can exist nowhere: push them to a registry.

usage: images.py REGISTRY COMPANION

All have one layer, of Debian's programs and the scripts of the folder Programs; they differ in what they run.
"""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import textwrap
import urllib.error
import urllib.request

FOLDER = os.path.dirname(os.path.abspath(__file__))
REGISTRY, COMPANION = sys.argv[1], sys.argv[2]
PROGRAMS = ["psql", "pgbouncer", "nginx", "git", "curl", "haproxy"]
APP = {"Entrypoint": ["/usr/local/bin/app"]}


def run(program, **more):
    return {"Entrypoint": ["/usr/local/bin/" + program], **more}


# Where an image is named in two places of the same registry, both mean the same.
IMAGES = {
    "mycompany/app:latest": APP,
    "mycompany/web-app:1.4.2": APP,
    "team/app:v2": APP,
    "team/web-app:v2": APP,
    "team/legacy-app:v1": APP,
    "library/myapp:latest": APP,
    "library/my-legacy-blog-app:1.2": APP,
    "library/my-app-that-only-knows-one-db:latest": APP,
    "library/my-app-with-weird-metrics:latest": run("weird-app"),
    "library/my-custom-metrics-converter-image:latest": run("converter"),
    "library/nginx:1.25": run("web"),
    "library/nginx:latest": run("web"),
    "library/nginx:alpine": run("web"),
    "library/pgbouncer:1.18": run("pooler", User="65533"),
    "bitnami/pgbouncer:1.22": run("pooler", User="65533"),
    "edoburu/pgbouncer:latest": run("pooler", User="65533"),
    "cloudsql-docker/gce-proxy:latest": {"User": "65533"},
    "library/haproxy:latest": {"Entrypoint": ["haproxy", "-f", "/etc/haproxy.cfg"]},
    "library/sync-tool:latest": run("sync-tool"),
    "git-sync/git-sync:v3.6.0": run("git-sync", User="65533"),
    "istio/proxyv2:1.18.0": run("mesh"),
}
GATEWAY = "library/envoy:latest"

FILES = {
    "etc/passwd": "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/bin/sh\napp:x:65533:65533::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\nwww-data:x:33:\napp:x:65533:\n",
    "etc/gitconfig": '[url "git://git-server/"]\n\tinsteadOf = https://github.com/example/\n[safe]\n\tdirectory = *\n',
    "etc/nginx/nginx.conf": """
        user www-data;
        worker_processes 1;
        pid /run/nginx.pid;
        error_log /dev/stderr;
        events {}
        http {
            access_log /dev/stdout;
            access_log /var/log/app/access.log;
            default_type text/html;
            include /etc/nginx/conf.d/*.conf;
        }
        """,
    "etc/nginx/conf.d/default.conf": "server { listen 80; root /usr/share/nginx/html; }\n",
    "usr/share/nginx/html/index.html": "hello from nginx\n",
    "etc/haproxy.cfg": """
        defaults
            mode tcp
            timeout connect 2s
            timeout client 60s
            timeout server 60s
        resolvers cluster
            parse-resolv-conf
        listen primary
            bind 127.0.0.1:5432
            server postgres postgres.production.svc.cluster.local:5432 resolvers cluster init-addr none
        """,
}


def tree():
    """The paths in the image and what they hold: a text, or a file of this machine."""
    entries = dict(FILES)
    for name in PROGRAMS:
        path = subprocess.check_output(["sh", "-c", f"command -v {name}"], text=True).strip()
        path = os.path.realpath("/usr/lib/postgresql/15/bin/psql" if name == "psql" else path)
        entries["usr/bin/" + name] = path
        for line in subprocess.check_output(["ldd", path], text=True).splitlines():
            words = [word for word in line.split() if word.startswith("/")]
            if words:
                entries[words[0].lstrip("/").removeprefix("usr/")] = os.path.realpath(words[0])
    for name in os.listdir(FOLDER + "/Programs"):
        place = "" if name == "cloud_sql_proxy" else "usr/local/bin/"
        entries[place + name] = FOLDER + "/Programs/" + name
    entries["bin/busybox"] = "/bin/busybox"
    return entries


def layer(entries):
    """A compressed archive, and the digest of what is in it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, mode in [("tmp", 0o1777), ("run", 0o755), ("var/log/app", 0o755), ("var/lib/nginx", 0o755), ("root", 0o700)]:
            info = tarfile.TarInfo(path)
            info.type, info.mode = tarfile.DIRTYPE, mode
            tar.addfile(info)
        for path, what in sorted(entries.items()):
            data = textwrap.dedent(what).encode()
            if what.startswith("/"):
                with open(what, "rb") as file:
                    data = file.read()
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), 0o755 if what.startswith("/") else 0o644
            tar.addfile(info, io.BytesIO(data))
        if "bin/busybox" in entries:
            for name in subprocess.check_output(["busybox", "--list"], text=True).split():
                if name != "busybox":
                    info = tarfile.TarInfo("bin/" + name)
                    info.type, info.linkname = tarfile.SYMTYPE, "busybox"
                    tar.addfile(info)
    plain = archive.getvalue()
    return gzip.compress(plain, 1, mtime=0), digest(plain)


homes = {}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def request(method, url, data=None, kind="application/octet-stream"):
    if url.startswith("/"):
        url = f"http://{REGISTRY}{url}"
    headers = {"Content-Type": kind}
    return urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method))


def upload(name, data):
    """Gives a repository a blob; one that another has already is lent."""
    try:
        request("HEAD", f"/v2/{name}/blobs/{digest(data)}")
        return
    except urllib.error.HTTPError:
        pass
    lender = homes.setdefault(digest(data), name)
    if lender != name:
        request("POST", f"/v2/{name}/blobs/uploads/?mount={digest(data)}&from={lender}", b"")
        return
    begun = request("POST", f"/v2/{name}/blobs/uploads/", b"").headers["Location"]
    request("PUT", begun + ("&" if "?" in begun else "?") + "digest=" + digest(data), data)


def push(image, config, layers):
    name, tag = image.split(":")
    settings = {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], **config}
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": settings,
        "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in layers]},
    }
    body = json.dumps(document).encode()
    upload(name, body)
    for data, _ in layers:
        upload(name, data)
    kind = "application/vnd.oci.image."
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind + "manifest.v1+json",
        "config": {"mediaType": kind + "config.v1+json", "digest": digest(body), "size": len(body)},
        "layers": [
            {"mediaType": kind + "layer.v1.tar+gzip", "digest": digest(data), "size": len(data)}
            for data, _ in layers
        ],
    }
    request("PUT", f"/v2/{name}/manifests/{tag}", json.dumps(manifest).encode(), manifest["mediaType"])


tools = layer(tree())
for image, config in IMAGES.items():
    push(image, config, [tools])
gateway = layer({"companion": COMPANION, "envoy.yaml": FOLDER + "/gateway.yaml"})
push(GATEWAY, {"Entrypoint": ["/companion", "proxy", "-c", "/envoy.yaml"]}, [gateway])
