// What a role may have and no more: aws.iam.RolePoliciesExclusive and aws.iam.RolePolicyAttachmentsExclusive.
package main

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// exclusive is one kind of list that a resource makes true: what is missing is added first, what is too much taken away then.
type exclusive struct {
	title, list string
	present     func(ctx context.Context, conn *iam.Client, role string) ([]string, error)
	add, remove func(ctx context.Context, conn *iam.Client, role, item string) error
}

func resourceRolePoliciesExclusive() *schema.Resource {
	return exclusive{"IAM Role Policies Exclusive", "policy_names", inlinePolicyNames, putNothing, deleteInlinePolicy}.resource()
}

func resourceRolePolicyAttachmentsExclusive() *schema.Resource {
	return exclusive{"IAM Role Policy Attachments Exclusive", "policy_arns", attachedPolicies, attach, detach}.resource()
}

// putNothing has no document to put, so that AWS's SDK refuses: a name alone cannot bring a policy back.
func putNothing(ctx context.Context, conn *iam.Client, role, name string) error {
	_, err := conn.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
	return err
}

func (e exclusive) resource() *schema.Resource {
	return kind{
		title:  e.title,
		gone:   []string{noSuchEntity},
		fields: map[string]*schema.Schema{"role_name": forceNew(required()), e.list: requiredSet()},
		create: e.sync,
		read:   e.read,
		update: again(e.sync),
	}.resource()
}

func (e exclusive) sync(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	conn, role, wanted := c.iam(), d.Get("role_name").(string), toStrings(d.Get(e.list))
	present, err := e.present(ctx, conn, role)
	if err == nil {
		err = each(without(wanted, present), func(item string) error { return e.add(ctx, conn, role, item) })
	}
	if err == nil {
		err = each(without(present, wanted), func(item string) error { return e.remove(ctx, conn, role, item) })
	}
	return role, err
}

func (e exclusive) read(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	present, err := e.present(ctx, c.iam(), d.Id())
	return map[string]any{"role_name": d.Id(), e.list: present}, err
}

func without(items, others []string) []string {
	return slices.DeleteFunc(slices.Clone(items), func(item string) bool { return slices.Contains(others, item) })
}

// each stops at the first error, as the real provider does.
func each(items []string, do func(string) error) error {
	for _, item := range items {
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}
