"""What programs do with the Python client, against the engine that KUBECONFIG names.

Each step prints its name when it is done; the first one that fails ends the program with its traceback.
"""

import os
import socket
import sys
import threading
import time

from kubernetes import client, config, dynamic, utils, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock
from kubernetes.stream import portforward, stream

NAMESPACE = "default"
LASTING = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
PATIENCE = 60


def container(command, **more):
    return {
        "name": "main",
        "image": "remora/busybox",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", command],
        **more,
    }


def pod(name, command, labels=None, **spec):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [container(command)],
            **spec,
        },
    }


def until(what, holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"{what} did not come true in {PATIENCE} s"
        time.sleep(0.1)


def refused(code, call):
    try:
        call()
    except ApiException as error:
        assert error.status == code, f"{error.status} instead of {code}: {error.body}"
        return error
    raise AssertionError(f"nothing was refused; {code} was expected")


def ready(core, name):
    found = core.read_namespaced_pod(name, NAMESPACE)
    return any(c.type == "Ready" and c.status == "True" for c in found.status.conditions or [])


# What each step does


def versions(core):
    assert client.VersionApi().get_code().git_version.startswith("v1.")
    groups = client.ApisApi().get_api_versions().groups
    assert "apps" in [group.name for group in groups]
    assert "pods" in [r.name for r in core.get_api_resources().resources]
    (node,) = core.list_node().items
    assert node.status.node_info.operating_system == "linux"


def creating(core):
    made = core.create_namespaced_pod(NAMESPACE, pod("web", "echo one; echo two; " + LASTING))
    assert made.metadata.uid and made.spec.restart_policy == "Always"
    until("web is ready", lambda: ready(core, "web"))
    error = refused(409, lambda: core.create_namespaced_pod(NAMESPACE, pod("web", "true")))
    assert '"reason":"AlreadyExists"' in error.body.replace(": ", ":")
    assert core.list_namespaced_pod(NAMESPACE, label_selector="app=web").items[0].status.pod_ip
    assert core.list_pod_for_all_namespaces(field_selector="status.phase=Running").items
    refused(404, lambda: core.read_namespaced_pod("none", NAMESPACE))
    refused(422, lambda: core.create_namespaced_pod(NAMESPACE, pod("Not A Name", "true")))


def paging(core):
    for number in range(5):
        body = client.V1ConfigMap(
            metadata=client.V1ObjectMeta(name=f"page-{number}", labels={"set": "page"}),
            data={"number": str(number)},
        )
        core.create_namespaced_config_map(NAMESPACE, body)
    seen, token = [], None
    while True:
        page = core.list_namespaced_config_map(
            NAMESPACE, label_selector="set=page", limit=2, _continue=token
        )
        seen += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
    assert seen == [f"page-{number}" for number in range(5)], seen
    core.delete_collection_namespaced_config_map(NAMESPACE, label_selector="set=page")
    assert not core.list_namespaced_config_map(NAMESPACE, label_selector="set=page").items


def watching(core):
    start = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    body = {"metadata": {"name": "watched"}, "data": {"a": "1"}}
    core.create_namespaced_config_map(NAMESPACE, body)
    core.patch_namespaced_config_map("watched", NAMESPACE, {"data": {"a": "2"}})
    core.delete_namespaced_config_map("watched", NAMESPACE)
    events = watch.Watch().stream(
        core.list_namespaced_config_map,
        NAMESPACE,
        resource_version=start,
        timeout_seconds=3,
        field_selector="metadata.name=watched",
    )
    begun = time.monotonic()
    seen = [(event["type"], event["object"].data["a"]) for event in events]
    assert seen == [("ADDED", "1"), ("MODIFIED", "2"), ("DELETED", "2")], seen
    assert time.monotonic() - begun < 20, "the watch did not end with its time"
    # A version of another store is one that has expired.
    error = refused(
        410,
        lambda: list(
            watch.Watch().stream(
                core.list_namespaced_config_map,
                NAMESPACE,
                resource_version="99999999",
                timeout_seconds=1,
            )
        ),
    )
    assert error.status == 410


def patching(core):
    body = {"metadata": {"name": "patched"}, "data": {"a": "1", "b": "2"}}
    core.create_namespaced_config_map(NAMESPACE, body)

    def patch(change, kind):
        api = core.api_client
        path = f"/api/v1/namespaces/{NAMESPACE}/configmaps/patched"
        answer = dynamic.DynamicClient(api).request(
            "patch", path, body=change, content_type=kind
        )
        return answer.to_dict() if hasattr(answer, "to_dict") else answer

    merge = patch({"data": {"a": None, "c": "3"}}, "application/merge-patch+json")
    assert merge["data"] == {"b": "2", "c": "3"}, merge
    strategic = patch({"data": {"d": "4"}}, "application/strategic-merge-patch+json")
    assert strategic["data"] == {"b": "2", "c": "3", "d": "4"}, strategic
    steps = [{"op": "remove", "path": "/data/b"}, {"op": "test", "path": "/data/c", "value": "3"}]
    assert patch(steps, "application/json-patch+json")["data"] == {"c": "3", "d": "4"}
    # The plain method sends a strategic merge patch.
    labelled = core.patch_namespaced_config_map(
        "patched", NAMESPACE, {"metadata": {"labels": {"x": "y"}}}
    )
    assert labelled.metadata.labels == {"x": "y"}
    old = labelled.metadata.resource_version
    labelled.data = {"e": "5"}
    core.replace_namespaced_config_map("patched", NAMESPACE, labelled)
    labelled.metadata.resource_version = old
    refused(409, lambda: core.replace_namespaced_config_map("patched", NAMESPACE, labelled))


def executing(core):
    def run(*command, **more):
        return stream(
            core.connect_get_namespaced_pod_exec,
            "web",
            NAMESPACE,
            command=list(command),
            stderr=True,
            stdin=False,
            stdout=True,
            tty=False,
            **more,
        )

    assert run("echo", "hello") == "hello\n"
    session = run("sh", "-c", "echo out; echo err >&2; exit 7", _preload_content=False)
    session.run_forever(timeout=PATIENCE)
    assert session.read_stdout(timeout=1) == "out\n" and session.read_stderr(timeout=1) == "err\n"
    assert session.returncode == 7
    session = stream(
        core.connect_get_namespaced_pod_exec,
        "web",
        NAMESPACE,
        command=["cat"],
        stderr=True,
        stdin=True,
        stdout=True,
        tty=False,
        _preload_content=False,
    )
    session.write_stdin("to and fro\n")
    assert session.readline_stdout(timeout=PATIENCE) == "to and fro"
    session.close()


def forwarding(core):
    serve = "echo pong > /tmp/pong; while :; do nc -l -p 8080 < /tmp/pong; done"
    core.create_namespaced_pod(NAMESPACE, pod("server", serve))
    until("server is ready", lambda: ready(core, "server"))

    def ask():
        session = portforward(
            core.connect_get_namespaced_pod_portforward, "server", NAMESPACE, ports="8080"
        )
        connection = session.socket(8080)
        connection.settimeout(10)
        try:
            return connection.recv(100)
        except socket.timeout:
            return b""
        finally:
            connection.close()
            session.close()

    until("the port answers", lambda: ask() == b"pong\n")
    core.delete_namespaced_pod("server", NAMESPACE)


def logs(core):
    assert core.read_namespaced_pod_log("web", NAMESPACE) == "one\ntwo\n"
    assert core.read_namespaced_pod_log("web", NAMESPACE, tail_lines=1) == "two\n"
    talker = "for i in 1 2 3; do echo line $i; sleep 0.2; done"
    core.create_namespaced_pod(NAMESPACE, pod("talker", talker, restartPolicy="Never"))
    until(
        "talker has begun",
        lambda: core.read_namespaced_pod("talker", NAMESPACE).status.phase != "Pending",
    )
    lines = list(watch.Watch().stream(core.read_namespaced_pod_log, "talker", NAMESPACE))
    assert lines == ["line 1", "line 2", "line 3"], lines
    core.delete_namespaced_pod("talker", NAMESPACE)


def dynamically(core):
    api = dynamic.DynamicClient(core.api_client)
    maps = api.resources.get(api_version="v1", kind="ConfigMap")
    made = maps.create(
        body={"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "dyn"}, "data": {"a": "b"}},
        namespace=NAMESPACE,
    )
    assert made.data.a == "b"
    deployments = api.resources.get(api_version="apps/v1", kind="Deployment")
    assert deployments.namespaced and "scale" in deployments.subresources
    applied = maps.server_side_apply(
        body={"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "dyn"}, "data": {"c": "d"}},
        name="dyn",
        namespace=NAMESPACE,
        field_manager="one",
    )
    assert applied.data.to_dict() == {"a": "b", "c": "d"}
    managers = {field.manager for field in applied.metadata.managedFields}
    assert "one" in managers, managers
    error = None
    try:
        maps.server_side_apply(
            body={"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "dyn"}, "data": {"c": "x"}},
            name="dyn",
            namespace=NAMESPACE,
            field_manager="two",
        )
    except dynamic.exceptions.ConflictError as conflict:
        error = conflict
    assert error is not None, "two managers may not own one field"
    forced = maps.server_side_apply(
        body={"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "dyn"}, "data": {"c": "x"}},
        name="dyn",
        namespace=NAMESPACE,
        field_manager="two",
        force_conflicts=True,
    )
    assert forced.data.c == "x"
    assert [item.metadata.name for item in maps.get(namespace=NAMESPACE, field_selector="metadata.name=dyn").items] == ["dyn"]
    maps.delete(name="dyn", namespace=NAMESPACE)


def deploying(core):
    apps = client.AppsV1Api()
    template = {
        "metadata": {"labels": {"app": "set"}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container(LASTING)]},
    }
    body = {
        "metadata": {"name": "set"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "set"}}, "template": template},
    }
    apps.create_namespaced_deployment(NAMESPACE, body)

    def replicas():
        return apps.read_namespaced_deployment_status("set", NAMESPACE).status.ready_replicas

    until("two are ready", lambda: replicas() == 2)
    apps.patch_namespaced_deployment_scale("set", NAMESPACE, {"spec": {"replicas": 1}})
    until("one is left", lambda: replicas() == 1)
    apps.delete_namespaced_deployment("set", NAMESPACE, propagation_policy="Foreground")

    def gone():
        try:
            apps.read_namespaced_deployment("set", NAMESPACE)
        except ApiException as error:
            return error.status == 404
        return False

    until("the deployment is gone", gone)
    # Whoever is deleted in the foreground goes after all that belongs to it.
    assert not apps.list_namespaced_replica_set(NAMESPACE, label_selector="app=set").items
    assert not core.list_namespaced_pod(NAMESPACE, label_selector="app=set").items


def jobs(core):
    batch = client.BatchV1Api()
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "work"},
        "spec": {
            "completions": 2,
            "template": {"spec": {"restartPolicy": "Never", "containers": [container("echo done")]}},
        },
    }
    utils.create_from_dict(core.api_client, job, namespace=NAMESPACE)
    completed = False
    for event in watch.Watch().stream(
        batch.list_namespaced_job,
        NAMESPACE,
        field_selector="metadata.name=work",
        timeout_seconds=PATIENCE,
    ):
        conditions = event["object"].status.conditions or []
        if any(c.type == "Complete" and c.status == "True" for c in conditions):
            completed = event["object"].status.succeeded == 2
            break
    assert completed
    batch.delete_namespaced_job("work", NAMESPACE, propagation_policy="Background")
    until(
        "its pods are gone",
        lambda: not core.list_namespaced_pod(NAMESPACE, label_selector="job-name=work").items,
    )


def leading(core):
    """Two candidates: the second leads when the first stops renewing."""
    led = []

    def candidate(name, seconds):
        lock = LeaseLock("leader", NAMESPACE, name)

        def lead():
            led.append(name)
            time.sleep(seconds)

        election = electionconfig.Config(
            lock,
            lease_duration=3,
            renew_deadline=2,
            retry_period=1,
            onstarted_leading=lead,
            onstopped_leading=lambda: None,
        )
        leaderelection.LeaderElection(election).run()

    threading.Thread(target=candidate, args=("first", 1), daemon=True).start()
    until("the first leads", lambda: led[:1] == ["first"])
    leases = client.CoordinationV1Api()
    lease = leases.read_namespaced_lease("leader", NAMESPACE)
    assert lease.spec.holder_identity == "first" and lease.spec.lease_duration_seconds == 3
    before = lease.spec.renew_time
    until(
        "it renews",
        lambda: leases.read_namespaced_lease("leader", NAMESPACE).spec.renew_time > before,
    )


def ending(core):
    core.delete_namespaced_pod("web", NAMESPACE, grace_period_seconds=0)

    def gone():
        try:
            core.read_namespaced_pod("web", NAMESPACE)
        except ApiException as error:
            return error.status == 404
        return False

    until("web is gone", gone)


STEPS = [
    versions, creating, paging, watching, patching, executing, forwarding, logs, dynamically,
    deploying, jobs, leading, ending,
]


def main():
    config.load_kube_config()
    core = client.CoreV1Api()
    for step in STEPS:
        if len(sys.argv) > 1 and step.__name__ not in sys.argv[1:]:
            continue
        step(core)
        print(step.__name__, flush=True)
    # Threads that elect go on for ever.
    os._exit(0)


main()
