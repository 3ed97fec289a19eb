// aws.iam.RolePolicy: one inline policy of one role.
package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

var rolePolicy = kind{
	title: "IAM Role Policy", named: "name", gone: []string{noSuchEntity},
	bridge: withDocument("policy"),
	fields: attributes{
		"name":   aName(policyNameMax),
		"policy": aPolicy(required, versionFirst),
		"role":   aString(required, forceNew, validated(validation.All(validation.StringLenBetween(1, 128), notARN))),
	},
	names: names{"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
	create: func(o op, name string) string {
		role := o.Get("role").(string)
		err := o.do("iam:PutRolePolicy", record{"RoleName": role, "PolicyName": name, "PolicyDocument": o.document("policy")})
		check(saying(err, "putting IAM Role (%s) Policy (%s)", role, name))
		return role + ":" + name
	},
	again: true,
	read: func(o op) record {
		wanted := inlineOf(o)
		answer := o.ask("iam:GetRolePolicy", wanted)
		return join(wanted, record{"PolicyDocument": o.documentRead("policy", answer["PolicyDocument"])})
	},
	remove: func(o op) { o.ask("iam:DeleteRolePolicy", inlineOf(o)) },
}

func notARN(v any, key string) ([]string, []error) {
	if arn.IsARN(v.(string)) {
		return nil, []error{fmt.Errorf("%q must be the role's name not its ARN", key)}
	}
	return nil, nil
}

func inlineOf(o op) record {
	role, name, found := strings.Cut(o.Id(), ":")
	if !found {
		check(said{fmt.Errorf("role_policy id must be of the form <role name>:<policy name>, got %q", o.Id())})
	}
	return record{"RoleName": role, "PolicyName": name}
}

func (o op) inlineNames(role string) []string {
	return textsOf(o.all("iam:ListRolePolicies", record{"RoleName": role}, "PolicyNames"), "")
}

func (o op) deleteInline(role, name string) error {
	err := o.do("iam:DeleteRolePolicy", record{"RoleName": role, "PolicyName": name})
	if isError(err, noSuchEntity) {
		return nil
	}
	return saying(err, "deleting IAM Role (%s) policy (%s)", role, name)
}
