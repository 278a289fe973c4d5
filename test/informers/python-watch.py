"""Run by informers.test.ts: the watch of Debian's python3-kubernetes, from a list on; prints what it sees, a line each."""
import sys
import time

import urllib3
from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException

config.load_kube_config(sys.argv[1])
api = client.CoordinationV1Api()
namespace = sys.argv[2]


def show(item):
    return f"{item.metadata.name}/{item.metadata.uid}/{item.metadata.resource_version}/{item.spec.lease_transitions}"


version = None
while True:
    try:
        if version is None:
            listed = api.list_namespaced_lease(namespace)
            version = listed.metadata.resource_version
            print("LIST", version, *map(show, listed.items), flush=True)
        for event in watch.Watch().stream(api.list_namespaced_lease, namespace, resource_version=version, timeout_seconds=300):
            version = event["object"].metadata.resource_version
            print(event["type"], show(event["object"]), flush=True)
    except ApiException as error:
        if error.status == 410:
            version = None
    except (urllib3.exceptions.HTTPError, OSError):
        pass
    time.sleep(0.02)
