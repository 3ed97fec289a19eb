// aws.iam.RolePolicy: one inline policy of one role.
package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourceRolePolicy() *schema.Resource {
	create := func(o op) (string, error) {
		role, name := o.Get("role").(string), o.chosenName("name", "name_prefix")
		document, err := normalizePolicy(o.Get("policy").(string))
		if err != nil {
			return "", said{err}
		}
		err = o.do("iam:PutRolePolicy", record{"RoleName": role, "PolicyName": name, "PolicyDocument": document})
		return role + ":" + name, saying(err, "putting IAM Role (%s) Policy (%s)", role, name)
	}
	return kind{
		title: "IAM Role Policy",
		gone:  []string{noSuchEntity},
		fields: withNames(map[string]*schema.Schema{
			"policy": policySchema(),
			"role":   forceNew(validated(required(), validation.All(validation.StringLenBetween(1, 128), notARN))),
		}, policyNameMax),
		names:  names{"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
		create: create,
		read: func(o op) (record, error) {
			wanted, err := inlineOf(o)
			if err != nil {
				return nil, err
			}
			answer, err := o.ask("iam:GetRolePolicy", wanted)
			if err != nil {
				return nil, err
			}
			document, err := policyForState(o.Get("policy").(string), text(answer["PolicyDocument"]))
			return join(wanted, record{"PolicyDocument": document, "NamePrefix": prefixOf(text(wanted["PolicyName"]))}), err
		},
		changes: again(create),
		remove: func(o op) error {
			wanted, err := inlineOf(o)
			if err != nil {
				return err
			}
			return o.do("iam:DeleteRolePolicy", wanted)
		},
	}.resource()
}

func notARN(v any, key string) ([]string, []error) {
	if arn.IsARN(v.(string)) {
		return nil, []error{fmt.Errorf("%q must be the role's name not its ARN", key)}
	}
	return nil, nil
}

func inlineOf(o op) (record, error) {
	role, name, found := strings.Cut(o.Id(), ":")
	if !found {
		return nil, said{fmt.Errorf("role_policy id must be of the form <role name>:<policy name>, got %q", o.Id())}
	}
	return record{"RoleName": role, "PolicyName": name}, nil
}

func (o op) inlineNames(role string) ([]string, error) {
	found, err := o.all("iam:ListRolePolicies", record{"RoleName": role}, "PolicyNames")
	return textsOf(found, ""), err
}

func (o op) deleteInline(role, name string) error {
	err := o.do("iam:DeleteRolePolicy", record{"RoleName": role, "PolicyName": name})
	if isError(err, noSuchEntity) {
		return nil
	}
	return saying(err, "deleting IAM Role (%s) policy (%s)", role, name)
}

// joined lets errors that say what they are stand as they are, all of them.
func joined(errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return said{err}
	}
	return nil
}
