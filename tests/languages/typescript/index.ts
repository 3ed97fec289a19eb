// The declarations that the programs of all languages here have in common, in TypeScript.
import * as pulumi from "@pulumi/pulumi";
import { SessionManagerManagedPolicy, SessionManagerPermissions } from "@session-manager/ssm-perms";

// AWS resources without the AWS SDK, which is large: their properties go to the provider as they are.
class AwsResource extends pulumi.CustomResource {
    declare readonly arn: pulumi.Output<string>;

    constructor(token: string, name: string, properties: pulumi.Inputs) {
        super(token, name, { arn: undefined, ...properties });
    }
}

class AwsProvider extends pulumi.ProviderResource {}

const trust =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},' +
    '"Action":"sts:AssumeRole"}]}';

const config = new pulumi.Config();
const key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const replica = "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab";

const made = new AwsResource("aws:iam/role:Role", "made", { name: "made", path: "/team/", assumeRolePolicy: trust });
const logs = new AwsResource("aws:s3/bucket:Bucket", "logs", { bucket: "session-logs" });
const group = new AwsResource("aws:cloudwatch/logGroup:LogGroup", "group", { name: "/sessions" });
const url = config.require("awsUrl");
const other = new AwsProvider("aws", "other", { endpoints: JSON.stringify([{ iam: url, sts: url }]) });

new SessionManagerPermissions("plain", {
    role: "web",
    kmsKeyArns: [key, replica],
    s3LogEncryptionEnforced: true,
    allowUpdateInstanceInformation: true,
    check: "mandatory",
});
new SessionManagerPermissions("outputs", {
    role: made.arn,
    s3LogBucketArn: logs.arn,
    s3LogKeyPrefix: "team/sessions",
    s3LogCrossAccount: true,
    s3LogKmsKeyArn: key,
    cloudwatchLogGroupArns: [group.arn],
});
new SessionManagerPermissions("secret", {
    role: "web",
    kmsKeyArns: [pulumi.secret(config.require("secretKeyArn"))],
});
const pinned = new SessionManagerPermissions(
    "pinned",
    { role: "arn:aws:iam::123456789012:role/team/api", policyName: "pinned" },
    { provider: other, protect: true, retainOnDelete: true },
);
new SessionManagerPermissions("inner", { role: "web", policyName: "inner" }, { parent: pinned });
new SessionManagerManagedPolicy("fleet", {
    roles: ["web", "api"],
    policyName: "fleet",
    description: "Session Manager for the fleet",
    path: "/team/",
    tags: { team: "platform" },
    kmsKeyArns: [key],
});
