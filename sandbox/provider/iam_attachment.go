// Which managed policies are on which roles: aws.iam.RolePolicyAttachment, and the two exclusive lists.
package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// deletedFirst is for attachments: two entries of a state can hold the same one, so the end of the old entry would detach the new one's.
var deletedFirst = tfbridge.ResourceInfo{DeleteBeforeReplace: true}

// attach and detach insist like "attachPolicyToRole" and "detachPolicyFromRole" of the real "iam/role_policy_attachment.go".
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

func (o op) attached(role string) []string {
	return textsOf(o.all("iam:ListAttachedRolePolicies", record{"RoleName": role}, "AttachedPolicies"), "PolicyArn")
}

var rolePolicyAttachment = kind{
	title: "IAM Role Policy Attachment", gone: []string{noSuchEntity},
	bridge: deletedFirst,
	fields: attributes{"role": aString(required, forceNew), "policy_arn": aString(required, forceNew, validated(validARN))},
	parse: func(id string) (map[string]any, error) {
		role, policyARN, _ := strings.Cut(id, "/")
		if role == "" || policyARN == "" {
			return nil, fmt.Errorf("unexpected format for Import ID (%q), expected <role-name>/<policy_arn>", id)
		}
		return map[string]any{"role": role, "policy_arn": policyARN}, nil
	},
	create: func(o op, _ string) string {
		role, policyARN := o.Get("role").(string), o.Get("policy_arn").(string)
		check(o.attach(role, policyARN))
		return role + "/" + policyARN
	},
	read: func(o op) record {
		if slices.Contains(o.attached(o.Get("role").(string)), o.Get("policy_arn").(string)) {
			return record{}
		}
		return nil
	},
	remove: func(o op) { check(o.detach(o.Get("role").(string), o.Get("policy_arn").(string))) },
}

// exclusive is a resource with a role's whole list of policies. It adds what is missing, then removes all others, and stops at the first
// failure ("syncAttachments" of the real "iam/role_policy_attachments_exclusive.go").
type exclusive struct {
	title, list string
	present     func(o op, role string) []string
	add, remove func(o op, role, item string) error
}

var (
	rolePoliciesExclusive = exclusive{
		"IAM Role Policies Exclusive", "policy_names", op.inlineNames, op.putNothing, op.deleteInline,
	}.kind()
	rolePolicyAttachmentsExclusive = exclusive{
		"IAM Role Policy Attachments Exclusive", "policy_arns", op.attached, op.attach, op.detach,
	}.kind()
)

// putNothing fails in AWS's SDK, because it has no document: a name alone can't restore a policy.
func (o op) putNothing(role, name string) error {
	return o.do("iam:PutRolePolicy", record{"RoleName": role, "PolicyName": name})
}

func (e exclusive) kind() kind {
	return kind{
		title: e.title, named: "role_name", gone: []string{noSuchEntity},
		fields: attributes{"role_name": aString(required, forceNew), e.list: aSet(required)},
		create: e.sync,
		again:  true,
		read: func(o op) record {
			return record{"RoleName": o.Id(), strings.ReplaceAll(e.list, "_", ""): e.present(o, o.Id())}
		},
	}
}

func (e exclusive) sync(o op, role string) string {
	var present []string
	err := attempt(func() { present = e.present(o, role) })
	if isError(err, noSuchEntity) {
		err = errNotFound
	}
	check(err)
	wanted := toStrings(o.Get(e.list))
	for _, item := range without(wanted, present) {
		check(e.add(o, role, item))
	}
	for _, item := range without(present, wanted) {
		check(e.remove(o, role, item))
	}
	return role
}
