"""Runs schemathesis against each service of a `baton up` of its own, and promtool on its metrics.

Ends with 1 on any finding.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from baton import Instance

EXAMPLES = 50
CHECKS = ",".join([
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance",
])


# They would go to registries of other machines.
ELSEWHERE = "^/api/(pull|push)$"
HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "Scripts"


def check_metrics(port):
    """Whether promtool takes what a service answers after all the requests."""
    promtool = shutil.which("promtool")
    if promtool is None:
        print("schemas: METRICS NOT CHECKED, no promtool (Debian's package prometheus has it)")
        return True
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read()
    done = subprocess.run([promtool, "check", "metrics"], input=text)
    print(f"schemas: promtool check metrics on port {port}: {done.returncode}")
    return done.returncode == 0


def main():
    failed = False
    with tempfile.TemporaryDirectory(prefix="baton-schemas-") as store:
        subprocess.run([SCRIPTS / "make-demo-store", store], check=True)
        failed = check_services(f"models:\n  stores: {json.dumps([store])}\n")
    return 1 if failed else 0


def check_services(language):
    """Whether anything was found; `language` is more of `language.yaml`."""
    failed = False
    hooks = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "hooks"}
    with Instance("up", language=language) as instance:
        ports = (instance.status_port, instance.ocr_port, instance.language_port)
        instance.wait_ready(*ports)
        for port in ports:
            # The seed is fixed, so that a finding comes again.
            done = subprocess.run([
                sys.executable, "-m", "schemathesis.cli", "run",
                f"http://127.0.0.1:{port}/openapi.json",
                "--checks", CHECKS, "--max-examples", str(EXAMPLES), "--seed", "1",
                "--exclude-path-regex", ELSEWHERE, "--request-timeout", "30", "--no-color",
            ], env=hooks)
            is_well_formed = check_metrics(port)
            failed = failed or done.returncode != 0 or not is_well_formed
    return failed


if __name__ == "__main__":
    sys.exit(main())
