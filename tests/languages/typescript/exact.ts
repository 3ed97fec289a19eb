// Policies with exact names in components of the user's own: `moved` wraps, retypes and renames them, and a list grows.
import * as pulumi from "@pulumi/pulumi";
import { SessionManagerPermissions } from "@session-manager/ssm-perms";

class Role extends pulumi.CustomResource {
    declare readonly arn: pulumi.Output<string>;

    constructor(name: string, path: string) {
        const statement = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
        const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
        super("aws:iam/role:Role", name, { arn: undefined, name, path, assumeRolePolicy });
    }
}

class Provider extends pulumi.ProviderResource {}

const config = new pulumi.Config();
const moved = config.requireBoolean("moved");
const url = config.require("awsUrl");
const other = new Provider("aws", "other", { endpoints: JSON.stringify([{ iam: url, sts: url }]) });

const squad = new pulumi.ComponentResource(`app:index:${moved ? "Squad" : "Team"}`, "team", {}, { providers: [other] });
const guard = new pulumi.ComponentResource("app:index:Guard", "guard", {}, { protect: true });
const made = new Role("made", moved ? "/moved/" : "/");

const roles = moved ? ["new", "web", "api"] : ["web", "api"];
roles.forEach((role, position) => {
    new SessionManagerPermissions(`node-${position}`, { role, policyName: "ssm" }, { parent: squad });
});
new SessionManagerPermissions(moved ? "renamed" : "made", { role: made.arn, policyName: "ssm" });
const secretly = moved ? "web" : pulumi.secret("web");
new SessionManagerPermissions("shown", { role: secretly, policyName: "shown" }, moved ? {} : { parent: squad });
new SessionManagerPermissions("guarded", { role: "api", policyName: "guarded" }, { parent: guard });
