"""Run by clients.test.ts on a machine: prints one line for each thing that Debian's python3-kubernetes can do."""
from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream
import json

config.load_kube_config()
core = client.CoreV1Api()
apps = client.AppsV1Api()

created = core.create_namespaced_config_map("default", client.V1ConfigMap(metadata=client.V1ObjectMeta(name="python-program"), data={"a": "1"}))
print("created", created.data["a"])
patched = core.patch_namespaced_config_map("python-program", "default", {"data": {"a": "2"}})
print("patched", patched.data["a"])
listed = core.list_namespaced_config_map("default", field_selector="metadata.name=python-program")
print("listed", ",".join(item.metadata.name for item in listed.items))
for event in watch.Watch().stream(core.list_namespaced_config_map, "default", field_selector="metadata.name=python-program", timeout_seconds=10):
    print("watched", event["type"])
    break
core.delete_namespaced_config_map("python-program", "default")
try:
    core.read_namespaced_config_map("python-program", "default")
except ApiException as error:
    print("deleted", error.status, json.loads(error.body)["reason"])
answer = stream(core.connect_get_namespaced_pod_exec, "web", "default", command=["echo", "hello"], stderr=True, stdin=False, stdout=True, tty=False)
print("exec", answer.strip())
print("log", core.read_namespaced_pod_log("web", "default").strip())
body = {
    "metadata": {"name": "python"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "python"}},
        "template": {"metadata": {"labels": {"app": "python"}}, "spec": {"containers": [{"name": "c", "image": "none"}]}},
    },
}
apps.create_namespaced_deployment("default", body)
print("deployment", apps.read_namespaced_deployment_scale("python", "default").spec.replicas)
apps.delete_namespaced_deployment("python", "default")
