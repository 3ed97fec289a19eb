"""Times what happens in Python alone, each in a process of its own: import, memory, one document."""

import statistics
import subprocess
import sys
from typing import Final

_IMPORT: Final = """
import time
import pulumi, pulumi_aws
pulumi_aws.iam.RolePolicy, pulumi_aws.iam.Policy, pulumi_aws.iam.RolePolicyAttachment
begin = time.process_time()
import pulumi_ssm_perms
print((time.process_time() - begin) * 1e3)
"""
_DOCUMENT: Final = """
import time, timeit
from pulumi_ssm_perms import policy_document
key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
make = lambda: policy_document(kms_key_arns=[key], s3_log_encryption_enforced=True)
print(min(timeit.repeat(make, number=2000, repeat=5, timer=time.process_time)) / 2000 * 1e6)
"""
_MEMORY: Final = """
import re
import pulumi
class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name + "-id", {"name": args.name, **args.inputs}
    def call(self, args):
        return {}
pulumi.runtime.set_mocks(Mocks())
from pulumi_ssm_perms import SessionManagerPermissions
@pulumi.runtime.test
def program():
    for number in range(NUMBER):
        SessionManagerPermissions(f"c{number}", {"role": f"r{number}"})
program()
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


def import_ms() -> float:
    """Return what importing the package adds to importing Pulumi's IAM classes, in milliseconds of the processor."""
    return statistics.median(_printed(_IMPORT) for _ in range(7))


def document_us() -> float:
    """Return what one document takes, checks included, in microseconds of the processor."""
    return _printed(_DOCUMENT)


def peak_mib(components: int) -> float:
    """Return the peak memory of a program with so many components under mocks, in MiB."""
    return _printed(_MEMORY.replace("NUMBER", str(components)))


def _printed(program: str) -> float:
    done = subprocess.run([sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])
