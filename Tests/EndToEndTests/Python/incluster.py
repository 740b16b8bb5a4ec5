"""What a program in a pod does with the API: it finds it, trusts it, and is known by its token."""

import os
import sys

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

config.load_incluster_config()
with open(MOUNT + "/namespace") as file:
    namespace = file.read()
core = client.CoreV1Api()
names = [pod.metadata.name for pod in core.list_namespaced_pod(namespace).items]
print("pods", namespace, *sorted(names))
review = client.AuthenticationV1Api().create_self_subject_review(client.V1SelfSubjectReview())
print("user", review.status.user_info.username)
print("pod", *review.status.user_info.extra["authentication.kubernetes.io/pod-name"])
try:
    core.list_namespaced_secret(namespace)
    print("secrets are open to everybody")
except ApiException as error:
    print("secrets", error.status)
by_name = client.Configuration.get_default_copy()
by_name.host = "https://kubernetes.default.svc"
named = client.CoreV1Api(client.ApiClient(by_name))
print("named", len(named.list_namespaced_pod(namespace).items) == len(names))
print("port", os.environ["KUBERNETES_SERVICE_PORT"], os.environ["KUBERNETES_SERVICE_PORT_HTTPS"])
sys.stdout.flush()
