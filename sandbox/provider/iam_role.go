// aws.iam.Role, with the inline and managed policies that it owns when they are given with it.
package main

import (
	"maps"
	"net/url"
	"slices"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

const roleNameMax = 64

var (
	roleNames = names{
		"assume_role_policy": "AssumeRolePolicyDocument", "name": "RoleName", "permissions_boundary": "PermissionsBoundaryArn", "unique_id": "RoleId",
	}
)

func roleOf(o op) record {
	return record{"RoleName": o.Id()}
}

func resourceRole() *schema.Resource {
	tags := &tagging{
		resource: roleOf, list: "iam:ListRoleTags", key: "Key", value: "Value",
		write: "iam:TagRole", remove: "iam:UntagRole",
	}
	return kind{
		title: "IAM Role",
		gone:  []string{noSuchEntity},
		tags:  tags,
		fields: withTags(texts(withNames(map[string]*schema.Schema{
			"assume_role_policy":    policySchema(),
			"description":           validated(optional(schema.TypeString), validation.StringLenBetween(0, 1000)),
			"force_detach_policies": withDefault(schema.TypeBool, false),
			"inline_policy":         inlinePolicySchema(),
			"managed_policy_arns":   alsoComputed(setOf(validARN)),
			"max_session_duration":  validated(withDefault(schema.TypeInt, 3600), validation.IntBetween(3600, 43200)),
			"path":                  forceNew(withDefault(schema.TypeString, "/")),
			"permissions_boundary":  validated(optional(schema.TypeString), validARN),
		}, roleNameMax), "arn", "create_date", "unique_id")),
		names:  roleNames,
		create: func(o op) (string, error) { return createRole(o, tags.new(o)) },
		read:   readRole,
		changes: []change{
			{[]string{"assume_role_policy"}, updateTrust},
			{[]string{"description", "max_session_duration"}, func(o op) error {
				settings := record{"Description": o.Get("description"), "MaxSessionDuration": o.Get("max_session_duration")}
				return o.do("iam:UpdateRole", join(roleOf(o), settings))
			}},
			{[]string{"permissions_boundary"}, updateBoundary},
			{[]string{"inline_policy", "managed_policy_arns"}, syncRolePolicies},
		},
		remove: removeRole,
	}.resource()
}

// inlinePolicySchema is computed as well: a role that says nothing of inline policies leaves them alone. Its documents keep the
// program's text, unlike others: in a set, one that is rewritten on its way into state would be another element.
func inlinePolicySchema() *schema.Schema {
	return alsoComputed(blocks(map[string]*schema.Schema{
		"name":   validated(optional(schema.TypeString), validName(policyNameMax)),
		"policy": validated(optional(schema.TypeString), validPolicy),
	}))
}

func createRole(o op, tags record) (string, error) {
	name := o.chosenName("name", "name_prefix")
	trust, err := normalizePolicy(o.Get("assume_role_policy").(string))
	if err != nil {
		return name, err
	}
	boundary := record{}
	if arn := o.Get("permissions_boundary").(string); arn != "" {
		boundary["PermissionsBoundary"] = arn
	}
	request := join(o.given("description", "max_session_duration", "path"), boundary, tags)
	request["RoleName"], request["AssumeRolePolicyDocument"] = name, trust
	if err := o.do("iam:CreateRole", request); err != nil {
		return name, err
	}
	o.SetId(name) // it is there, whatever becomes of its policies
	return name, syncRolePolicies(o)
}

func readRole(o op) (record, error) {
	role, err := readableRole(o, roleOf(o))
	if err != nil {
		return nil, err
	}
	trust, err := policyForState(o.Get("assume_role_policy").(string), text(role["AssumeRolePolicyDocument"]))
	inline, inlineErr := inlinePolicies(o)
	managed, managedErr := o.attached(o.Id())
	its := record{"AssumeRolePolicyDocument": trust, "InlinePolicy": inline, "ManagedPolicyArns": managed, "NamePrefix": prefixOf(o.Id())}
	return join(role, its), joined(err, inlineErr, managedErr)
}

// readableRole has a role with its trust policy as JSON, which AWS sends URL-encoded, and its boundary's ARN beside the other members.
func readableRole(o op, wanted record) (record, error) {
	answer, err := o.ask("iam:GetRole", wanted)
	if err != nil {
		return nil, err
	}
	role := member(answer, "Role")
	trust, err := url.QueryUnescape(text(role["AssumeRolePolicyDocument"]))
	boundary := text(member(role, "PermissionsBoundary")["PermissionsBoundaryArn"])
	return join(role, record{"AssumeRolePolicyDocument": trust, "PermissionsBoundaryArn": boundary}), err
}

// inlinePolicies reads the role's inline policies in the words of the state, where those mean the same.
func inlinePolicies(o op) (result []any, err error) {
	names, err := o.inlineNames(o.Id())
	if err != nil {
		return nil, err
	}
	known := policiesByName(o.Get("inline_policy"))
	for _, name := range names {
		answer, err := o.ask("iam:GetRolePolicy", join(roleOf(o), record{"PolicyName": name}))
		if err != nil {
			return nil, saying(err, "reading inline policies of IAM Role (%s)", o.Id())
		}
		document, err := url.QueryUnescape(text(answer["PolicyDocument"]))
		if err != nil {
			return nil, err
		}
		if equivalent(known[name], document) {
			document = known[name]
		}
		result = append(result, record{"RoleName": name, "Policy": document})
	}
	return result, nil
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

// syncRolePolicies makes what changed in the role's own lists of policies true: away first, as the real provider does.
func syncRolePolicies(o op) error {
	before, after := o.GetChange("inline_policy")
	old, wanted := policiesByName(before), policiesByName(after)
	removed := without(slices.Sorted(maps.Keys(old)), slices.Sorted(maps.Keys(wanted)))
	if err := joined(each(removed, func(name string) error { return o.deleteInline(o.Id(), name) })); err != nil {
		return err
	}
	err := each(slices.Sorted(maps.Keys(wanted)), func(name string) error {
		if equivalent(old[name], wanted[name]) {
			return nil
		}
		err := o.do("iam:PutRolePolicy", join(roleOf(o), record{"PolicyName": name, "PolicyDocument": wanted[name]}))
		return saying(err, "adding inline policy (%s)", name)
	})
	if err != nil {
		return joined(err)
	}
	return syncAttachments(o)
}

func syncAttachments(o op) error {
	before, after := o.GetChange("managed_policy_arns")
	old, wanted := toStrings(before), toStrings(after)
	if err := each(without(old, wanted), func(policyARN string) error { return o.detach(o.Id(), policyARN) }); err != nil {
		return joined(err)
	}
	return joined(each(without(wanted, old), func(policyARN string) error { return o.attach(o.Id(), policyARN) }))
}

func updateTrust(o op) error {
	trust, err := normalizePolicy(o.Get("assume_role_policy").(string))
	if err != nil {
		return err
	}
	return o.do("iam:UpdateAssumeRolePolicy", join(roleOf(o), record{"PolicyDocument": trust}))
}

func updateBoundary(o op) error {
	boundary := o.Get("permissions_boundary").(string)
	if boundary == "" {
		return o.do("iam:DeleteRolePermissionsBoundary", roleOf(o))
	}
	return o.do("iam:PutRolePermissionsBoundary", join(roleOf(o), record{"PermissionsBoundary": boundary}))
}

// removeRole takes away only policies that the role owns, unless it is told to force: AWS refuses to delete a role that still has
// some, and the real provider ("DeleteRole" of "iam/role.go") insists then. It goes on where one cannot be taken away.
func removeRole(o op) error {
	if err := o.leaveInstanceProfiles(); err != nil {
		return err
	}
	for _, its := range []exclusive{
		{list: "managed_policy_arns", present: op.attached, remove: op.detach},
		{list: "inline_policy", present: op.inlineNames, remove: op.deleteInline},
	} {
		if !o.Get("force_detach_policies").(bool) && o.Get(its.list).(*schema.Set).Len() == 0 {
			continue
		}
		present, err := its.present(o, o.Id())
		if err == nil {
			err = joined(each(present, func(item string) error { return its.remove(o, o.Id(), item) }))
		}
		if err != nil {
			return err
		}
	}
	return o.insist("DeleteConflict", "iam:DeleteRole", roleOf(o))
}

func (o op) leaveInstanceProfiles() error {
	found, err := o.all("iam:ListInstanceProfilesForRole", roleOf(o), "InstanceProfiles")
	if err != nil {
		return err
	}
	return joined(each(textsOf(found, "InstanceProfileName"), func(profile string) error {
		leave := join(roleOf(o), record{"InstanceProfileName": profile})
		err := o.do("iam:RemoveRoleFromInstanceProfile", leave)
		if isError(err, noSuchEntity) {
			return nil
		}
		return saying(err, "removing IAM Role (%s) from Instance Profile (%s)", o.Id(), profile)
	}))
}
