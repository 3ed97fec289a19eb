// aws.iam.Role, with the inline and managed policies that it owns when they are given with it.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

const roleNameMax = 64

func resourceRole() *schema.Resource {
	return kind{
		title: "IAM Role",
		gone:  []string{noSuchEntity},
		fields: withTags(texts(withNames(map[string]*schema.Schema{
			"assume_role_policy":    policySchema(0),
			"description":           validated(optional(schema.TypeString), validation.StringLenBetween(0, 1000)),
			"force_detach_policies": withDefault(schema.TypeBool, false),
			"inline_policy":         inlinePolicySchema(),
			"managed_policy_arns": {
				Type: schema.TypeSet, Optional: true, Computed: true, Elem: &schema.Schema{Type: schema.TypeString, ValidateFunc: validARN},
			},
			"max_session_duration": validated(withDefault(schema.TypeInt, 3600), validation.IntBetween(3600, 43200)),
			"path":                 forceNew(withDefault(schema.TypeString, "/")),
			"permissions_boundary": validated(optional(schema.TypeString), validARN),
		}, roleNameMax), "arn", "create_date", "unique_id")),
		create: createRole,
		read:   readRole,
		update: updateRole,
		remove: removeRole,
	}.resource()
}

// inlinePolicySchema is computed as well: a role that says nothing of inline policies leaves them alone. Its documents keep the
// program's text, unlike others: in a set, one that is rewritten on its way into state would be another element.
func inlinePolicySchema() *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeSet, Optional: true, Computed: true,
		Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"name":   validated(optional(schema.TypeString), validName(policyNameMax)),
			"policy": validated(optional(schema.TypeString), validPolicy(inlinePolicyMax)),
		}},
	}
}

func createRole(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	name := chosenName(d)
	trust, err := normalizePolicy(d.Get("assume_role_policy").(string))
	if err != nil {
		return name, err
	}
	_, err = c.iam().CreateRole(ctx, &iam.CreateRoleInput{
		AssumeRolePolicyDocument: aws.String(trust),
		Description:              nonEmpty(d.Get("description")),
		MaxSessionDuration:       aws.Int32(int32(d.Get("max_session_duration").(int))),
		Path:                     aws.String(d.Get("path").(string)),
		PermissionsBoundary:      nonEmpty(d.Get("permissions_boundary")),
		RoleName:                 aws.String(name),
		Tags:                     convertTags(c.mergedTags(d.Get("tags")), iamTag),
	})
	if err != nil {
		return name, err
	}
	d.SetId(name) // it is there, whatever becomes of its policies
	if err := syncRolePolicies(ctx, d, c.iam()); err != nil {
		return name, said{err}
	}
	return name, nil
}

func readRole(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	output, err := c.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(d.Id())})
	if err != nil {
		return nil, err
	}
	trust, err := policyForState(d.Get("assume_role_policy").(string), aws.ToString(output.Role.AssumeRolePolicyDocument))
	inline, inlineErr := inlinePolicies(ctx, c.iam(), d)
	managed, managedErr := attachedPolicies(ctx, c.iam(), d.Id())
	values := roleValues(output.Role)
	values["assume_role_policy"], values["name_prefix"], values["tags_all"] = trust, prefixOf(d.Id()), iamTagMap(output.Role.Tags)
	values["inline_policy"], values["managed_policy_arns"] = inline, managed
	return values, errors.Join(err, inlineErr, managedErr)
}

// roleValues are the attributes that the resource and the data source have in common.
func roleValues(role *types.Role) map[string]any {
	boundary := ""
	if role.PermissionsBoundary != nil {
		boundary = aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn)
	}
	return map[string]any{
		"arn": role.Arn, "create_date": rfc3339(role.CreateDate), "description": role.Description,
		"max_session_duration": role.MaxSessionDuration, "name": role.RoleName, "path": role.Path,
		"permissions_boundary": boundary, "unique_id": role.RoleId,
	}
}

// inlinePolicies reads the role's inline policies in the words of the state, where those mean the same.
func inlinePolicies(ctx context.Context, conn *iam.Client, d *schema.ResourceData) ([]any, error) {
	names, err := inlinePolicyNames(ctx, conn, d.Id())
	if err != nil {
		return nil, err
	}
	known := policiesByName(d.Get("inline_policy"))
	var result []any
	for _, name := range names {
		output, err := conn.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String(d.Id()), PolicyName: aws.String(name)})
		if err != nil {
			return nil, fmt.Errorf("reading inline policies of IAM Role (%s): %w", d.Id(), err)
		}
		document, err := url.QueryUnescape(aws.ToString(output.PolicyDocument))
		if err != nil {
			return nil, err
		}
		if equivalent(known[name], document) {
			document = known[name]
		}
		result = append(result, map[string]any{"name": name, "policy": document})
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

func inlinePolicyNames(ctx context.Context, conn *iam.Client, role string) (result []string, err error) {
	pages := iam.NewListRolePoliciesPaginator(conn, &iam.ListRolePoliciesInput{RoleName: aws.String(role)})
	err = eachPage(ctx, pages, func(page *iam.ListRolePoliciesOutput) { result = append(result, page.PolicyNames...) })
	return result, err
}

func deleteInlinePolicy(ctx context.Context, conn *iam.Client, role, name string) error {
	_, err := conn.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
	if err != nil && !isError(err, noSuchEntity) {
		return fmt.Errorf("deleting inline policy (%s) of IAM Role (%s): %w", name, role, err)
	}
	return nil
}

// syncRolePolicies makes what changed in the role's own lists of policies true: away first, as the real provider does.
func syncRolePolicies(ctx context.Context, d *schema.ResourceData, conn *iam.Client) error {
	before, after := d.GetChange("inline_policy")
	old, wanted := policiesByName(before), policiesByName(after)
	for name := range old {
		if _, kept := wanted[name]; !kept {
			if err := deleteInlinePolicy(ctx, conn, d.Id(), name); err != nil {
				return err
			}
		}
	}
	for name, document := range wanted {
		if equivalent(old[name], document) {
			continue
		}
		_, err := conn.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName: aws.String(d.Id()), PolicyName: aws.String(name), PolicyDocument: aws.String(document),
		})
		if err != nil {
			return fmt.Errorf("creating inline policy (%s) of IAM Role (%s): %w", name, d.Id(), err)
		}
	}
	return syncAttachments(ctx, d, conn)
}

func syncAttachments(ctx context.Context, d *schema.ResourceData, conn *iam.Client) error {
	before, after := d.GetChange("managed_policy_arns")
	old, wanted := toStrings(before), toStrings(after)
	err := each(without(old, wanted), func(policyARN string) error { return detach(ctx, conn, d.Id(), policyARN) })
	if err != nil {
		return err
	}
	return each(without(wanted, old), func(policyARN string) error { return attach(ctx, conn, d.Id(), policyARN) })
}
