// Which managed policies are on which roles: aws.iam.RolePolicyAttachment, PolicyAttachment, and the two exclusive lists.
package main

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

// attach and detach insist as "attachPolicyToRole" and "detachPolicyFromRole" of the real "iam/role_policy_attachment.go" do.
func (o op) attach(role, policyARN string) error {
	err := o.insist("ConcurrentModification", "iam:AttachRolePolicy", record{"RoleName": role, "PolicyArn": policyARN})
	return saying(err, "attaching IAM Policy (%s) to IAM Role (%s)", policyARN, role)
}

func (o op) detach(role, policyARN string) error {
	err := o.insist("ConcurrentModification", "iam:DetachRolePolicy", record{"RoleName": role, "PolicyArn": policyARN})
	if isError(err, noSuchEntity) {
		return nil
	}
	return saying(err, "detaching IAM Policy (%s) from IAM Role (%s)", policyARN, role)
}

func (o op) attached(role string) ([]string, error) {
	found, err := o.all("iam:ListAttachedRolePolicies", record{"RoleName": role}, "AttachedPolicies")
	return textsOf(found, "PolicyArn"), err
}

func resourceAttachment() *schema.Resource {
	return kind{
		title:  "IAM Role Policy Attachment",
		gone:   []string{noSuchEntity},
		fields: map[string]*schema.Schema{"role": forceNew(required()), "policy_arn": forceNew(validated(required(), validARN))},
		parse:  parseAttachment,
		create: func(o op) (string, error) {
			role, policyARN := o.Get("role").(string), o.Get("policy_arn").(string)
			return role + "/" + policyARN, o.attach(role, policyARN)
		},
		read: func(o op) (record, error) {
			attached, err := o.attached(o.Get("role").(string))
			if len(without([]string{o.Get("policy_arn").(string)}, attached)) > 0 {
				return nil, err
			}
			return record{}, err
		},
		remove: func(o op) error { return o.detach(o.Get("role").(string), o.Get("policy_arn").(string)) },
	}.resource()
}

func parseAttachment(id string) (map[string]any, error) {
	role, policyARN, _ := strings.Cut(id, "/")
	if role == "" || policyARN == "" {
		return nil, fmt.Errorf("unexpected format for Import ID (%q), expected <role-name>/<policy_arn>", id)
	}
	return map[string]any{"role": role, "policy_arn": policyARN}, nil
}

// resourcePolicyAttachment has all roles that a policy is on; it is taken from any other one that is read. What fails does not keep it
// from the other roles ("detachPolicyFromRoles" of the real "iam/policy_attachment.go"), but nothing is attached after it.
func resourcePolicyAttachment() *schema.Resource {
	move := func(o op, old, wanted []string) error {
		policyARN := o.Get("policy_arn").(string)
		if err := each(without(old, wanted), func(role string) error { return o.detach(role, policyARN) }); err != nil {
			return said{err}
		}
		if err := each(without(wanted, old), func(role string) error { return o.attach(role, policyARN) }); err != nil {
			return said{err}
		}
		return nil
	}
	sync := func(o op) (string, error) {
		before, after := o.GetChange("roles")
		return o.Get("name").(string), move(o, toStrings(before), toStrings(after))
	}
	roles := setOf(nil)
	roles.AtLeastOneOf = []string{"roles"}
	r := kind{
		title: "IAM Policy Attachment",
		gone:  []string{noSuchEntity},
		fields: map[string]*schema.Schema{
			"name":       validated(forceNew(required()), validation.NoZeroValues),
			"policy_arn": validated(forceNew(required()), validARN),
			"roles":      roles,
		},
		create: sync,
		read: func(o op) (record, error) {
			found, err := o.all("iam:ListEntitiesForPolicy", record{"PolicyArn": o.Get("policy_arn")}, "PolicyRoles")
			if len(found) == 0 {
				return nil, err
			}
			return record{"Roles": textsOf(found, "RoleName")}, err
		},
		changes: again(sync),
		remove:  func(o op) error { return move(o, toStrings(o.Get("roles")), nil) },
	}.resource()
	r.Importer = nil
	return r
}

// exclusive is a list that a resource makes true: what is missing is added first, what is too much taken away then, until one fails
// ("syncAttachments" of the real "iam/role_policy_attachments_exclusive.go").
type exclusive struct {
	title, list string
	present     func(o op, role string) ([]string, error)
	add, remove func(o op, role, item string) error
}

func resourceRolePoliciesExclusive() *schema.Resource {
	return exclusive{"IAM Role Policies Exclusive", "policy_names", op.inlineNames, op.putNothing, op.deleteInline}.resource()
}

func resourceRolePolicyAttachmentsExclusive() *schema.Resource {
	return exclusive{"IAM Role Policy Attachments Exclusive", "policy_arns", op.attached, op.attach, op.detach}.resource()
}

// putNothing has no document to put, so that AWS's SDK refuses: a name alone cannot bring a policy back.
func (o op) putNothing(role, name string) error {
	return o.do("iam:PutRolePolicy", record{"RoleName": role, "PolicyName": name})
}

func (e exclusive) resource() *schema.Resource {
	list := setOf(nil)
	list.Optional, list.Required = false, true
	return kind{
		title:  e.title,
		gone:   []string{noSuchEntity},
		fields: map[string]*schema.Schema{"role_name": forceNew(required()), e.list: list},
		create: e.sync,
		read: func(o op) (record, error) {
			present, err := e.present(o, o.Id())
			return record{"RoleName": o.Id(), strings.ReplaceAll(e.list, "_", ""): present}, err
		},
		changes: again(e.sync),
	}.resource()
}

func (e exclusive) sync(o op) (string, error) {
	role, wanted := o.Get("role_name").(string), toStrings(o.Get(e.list))
	present, err := e.present(o, role)
	if isError(err, noSuchEntity) {
		err = errNotFound
	}
	if err == nil {
		err = inTurn(without(wanted, present), func(item string) error { return e.add(o, role, item) })
	}
	if err == nil {
		err = inTurn(without(present, wanted), func(item string) error { return e.remove(o, role, item) })
	}
	return role, err
}
