// Give an existing role, named in the configuration, the permissions that Session Manager needs.
import * as pulumi from "@pulumi/pulumi";
import { SessionManagerPermissions } from "@session-manager/ssm-perms";

const config = new pulumi.Config();

const web = new SessionManagerPermissions("web", {
    role: config.require("role"),
    allowUpdateInstanceInformation: true,
    kmsKeyArns: config.getObject<string[]>("kmsKeyArns"),
    s3LogEncryptionEnforced: config.getBoolean("s3LogEncryptionEnforced"),
});

export const roleName = web.roleName;
export const policyName = web.policyName;
export const policyJson = web.policyJson;
