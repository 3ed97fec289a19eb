"""Make a cluster whose ECS Exec sessions are encrypted and logged, and let the existing role of its tasks do just that.

Give the role to the task definition as `taskRoleArn`, and run the tasks with `--enable-execute-command`.
"""

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions

config = pulumi.Config()

key = aws.kms.Key("exec-data", description="Data of ECS Exec sessions", enable_key_rotation=True)
log_group = aws.cloudwatch.LogGroup("exec-logs", retention_in_days=90)
bucket = aws.s3.Bucket("exec-logs")

cluster = aws.ecs.Cluster(
    "tasks",
    configuration={
        "execute_command_configuration": {
            "kms_key_id": key.arn,
            "logging": "OVERRIDE",
            "log_configuration": {
                "cloud_watch_log_group_name": log_group.name,
                "s3_bucket_name": bucket.bucket,
                "s3_bucket_encryption_enabled": True,
                "s3_key_prefix": "exec",
            },
        },
    },
)

tasks = SessionManagerPermissions(
    "tasks",
    role=config.require("taskRole"),
    kms_key_arns=[key.arn],
    cloudwatch_log_group_arns=[log_group.arn],
    s3_log_bucket_arn=bucket.arn,
    s3_log_key_prefix="exec",
)

pulumi.export("cluster_name", cluster.name)
pulumi.export("policy_json", tasks.policy_json)
