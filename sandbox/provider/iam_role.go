// aws.iam.Role, with the inline and managed policies in its arguments.
package main

import (
	"maps"
	"net/url"
	"slices"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

const roleNameMax = 64

var roleNames = names{
	"assume_role_policy": "AssumeRolePolicyDocument", "name": "RoleName", "permissions_boundary": "PermissionsBoundaryArn", "unique_id": "RoleId",
}

var iamRole = kind{
	title: "IAM Role", named: "name", id: "RoleName", gone: []string{noSuchEntity},
	bridge: tfbridge.ResourceInfo{Fields: fields{
		"assume_role_policy": jsonDocument(),
		"inline_policy":      {Elem: &tfbridge.SchemaInfo{Fields: fields{"name": tfbridge.AutoName("name", policyNameMax, "-")}}},
		"name":               tfbridge.AutoName("name", roleNameMax, "-"),
	}},
	tags: &tagging{list: "iam:ListRoleTags", write: "iam:TagRole", remove: "iam:UntagRole", key: "Key", value: "Value"},
	fields: texts(attributes{
		"assume_role_policy":    aPolicy(required),
		"description":           aString(optional, validated(validation.StringLenBetween(0, 1000))),
		"force_detach_policies": aBool(withDefault(false)),
		"inline_policy":         blocks(inlinePolicyFields, optional, computed),
		"managed_policy_arns":   aSet(optional, computed, eachOf(validARN)),
		"max_session_duration":  anInt(withDefault(3600), validated(validation.IntBetween(3600, 43200))),
		"name":                  aName(roleNameMax),
		"path":                  aString(withDefault("/"), forceNew),
		"permissions_boundary":  aString(optional, validated(validARN)),
	}, "arn", "create_date", "unique_id"),
	names:    roleNames,
	create:   createRole,
	complete: syncRolePolicies,
	read:     readRole,
	changes: []change{
		{[]string{"assume_role_policy"}, func(o op) {
			o.ask("iam:UpdateAssumeRolePolicy", o.about(record{"PolicyDocument": o.document("assume_role_policy")}))
		}},
		{[]string{"description", "max_session_duration"}, func(o op) {
			settings := record{"Description": o.Get("description"), "MaxSessionDuration": o.Get("max_session_duration")}
			o.ask("iam:UpdateRole", o.about(settings))
		}},
		{[]string{"permissions_boundary"}, updateBoundary},
		{[]string{"inline_policy", "managed_policy_arns"}, syncRolePolicies},
	},
	remove: removeRole,
}

// inlinePolicyFields keeps the program's text of a document. In a set, a normalized text would be another element. The set is computed
// too: a role without `inline_policy` leaves its inline policies alone.
var inlinePolicyFields = attributes{
	"name":   aString(optional, validated(validName(policyNameMax))),
	"policy": aString(optional, validated(validPolicy)),
}

func createRole(o op, name string) string {
	request := join(o.given("description", "max_session_duration", "path"), boundaryOf(o), o.newTags())
	request["RoleName"], request["AssumeRolePolicyDocument"] = name, o.document("assume_role_policy")
	o.ask("iam:CreateRole", request)
	return name
}

func boundaryOf(o op) record {
	if boundary := o.Get("permissions_boundary"); boundary != "" {
		return record{"PermissionsBoundary": boundary}
	}
	return nil
}

func updateBoundary(o op) {
	if boundary := boundaryOf(o); boundary != nil {
		o.ask("iam:PutRolePermissionsBoundary", o.about(boundary))
	} else {
		o.ask("iam:DeleteRolePermissionsBoundary", o.about())
	}
}

func readRole(o op) record {
	role := readableRole(o, o.about())
	return join(role, record{
		"AssumeRolePolicyDocument": o.documentRead("assume_role_policy", role["AssumeRolePolicyDocument"]),
		"InlinePolicy":             inlinePolicies(o),
		"ManagedPolicyArns":        o.attached(o.Id()),
	})
}

// readableRole decodes the trust policy, which AWS sends URL-encoded, and puts the boundary's ARN beside the other members.
func readableRole(o op, wanted record) record {
	role := member(o.ask("iam:GetRole", wanted), "Role")
	trust := must(url.QueryUnescape(text(role["AssumeRolePolicyDocument"])))
	boundary := text(member(role, "PermissionsBoundary")["PermissionsBoundaryArn"])
	return join(role, record{"AssumeRolePolicyDocument": trust, "PermissionsBoundaryArn": boundary})
}

// inlinePolicies keeps the text in the state if a document means the same.
func inlinePolicies(o op) (result []any) {
	known := policiesByName(o.Get("inline_policy"))
	for _, name := range o.inlineNames(o.Id()) {
		answer := o.ask("iam:GetRolePolicy", o.about(record{"PolicyName": name}))
		document := must(url.QueryUnescape(text(answer["PolicyDocument"])))
		if equivalent(known[name], document) {
			document = known[name]
		}
		result = append(result, record{"RoleName": name, "Policy": document})
	}
	return result
}

func policiesByName(set any) map[string]string {
	result := map[string]string{}
	for _, block := range set.(*schema.Set).List() {
		if policy := toStringMap(block); policy["name"] != "" {
			result[policy["name"]] = policy["policy"]
		}
	}
	return result
}

// syncRolePolicies applies what changed in the role's lists of policies. It removes before it adds, as the real provider does.
func syncRolePolicies(o op) {
	before, after := o.GetChange("inline_policy")
	old, wanted := policiesByName(before), policiesByName(after)
	kept := slices.Sorted(maps.Keys(wanted))
	each(without(slices.Sorted(maps.Keys(old)), kept), func(name string) error { return o.deleteInline(o.Id(), name) })
	each(kept, func(name string) error {
		if equivalent(old[name], wanted[name]) {
			return nil
		}
		err := o.do("iam:PutRolePolicy", o.about(record{"PolicyName": name, "PolicyDocument": wanted[name]}))
		return saying(err, "adding inline policy (%s)", name)
	})
	before, after = o.GetChange("managed_policy_arns")
	attached, listed := toStrings(before), toStrings(after)
	each(without(attached, listed), func(policyARN string) error { return o.detach(o.Id(), policyARN) })
	each(without(listed, attached), func(policyARN string) error { return o.attach(o.Id(), policyARN) })
}

// removeRole removes only policies in the role's arguments, or all of them with `force_detach_policies`. AWS refuses to delete a role that
// still has policies. Then removeRole insists, like the real provider ("DeleteRole" of "iam/role.go").
func removeRole(o op) {
	profiles := o.all("iam:ListInstanceProfilesForRole", o.about(), "InstanceProfiles")
	each(textsOf(profiles, "InstanceProfileName"), func(profile string) error {
		err := o.do("iam:RemoveRoleFromInstanceProfile", o.about(record{"InstanceProfileName": profile}))
		if isError(err, noSuchEntity) {
			return nil
		}
		return saying(err, "removing IAM Role (%s) from Instance Profile (%s)", o.Id(), profile)
	})
	for _, its := range []exclusive{
		{list: "managed_policy_arns", present: op.attached, remove: op.detach},
		{list: "inline_policy", present: op.inlineNames, remove: op.deleteInline},
	} {
		if o.Get("force_detach_policies").(bool) || o.Get(its.list).(*schema.Set).Len() > 0 {
			each(its.present(o, o.Id()), func(item string) error { return its.remove(o, o.Id(), item) })
		}
	}
	check(o.insist("DeleteConflict", "iam:DeleteRole", o.about()))
}
