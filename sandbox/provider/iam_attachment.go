// aws.iam.RolePolicyAttachment: one managed policy attached to one role; other attachments are not its business.
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func resourceAttachment() *schema.Resource {
	return &schema.Resource{
		CreateContext: attachmentCreate,
		ReadContext:   attachmentRead,
		DeleteContext: attachmentDelete,
		Importer:      &schema.ResourceImporter{StateContext: attachmentImport},
		Schema: map[string]*schema.Schema{
			"role":       forceNew(required()),
			"policy_arn": forceNew(required()),
		},
	}
}

func attachmentCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	role, policyARN := d.Get("role").(string), d.Get("policy_arn").(string)
	if err := attach(ctx, iamClient(meta), role, policyARN); err != nil {
		return diag.FromErr(err)
	}
	d.SetId(role + "/" + policyARN)
	return attachmentRead(ctx, d, meta)
}

func attach(ctx context.Context, conn *iam.Client, role, policyARN string) error {
	_, err := conn.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String(role), PolicyArn: aws.String(policyARN)})
	if err != nil {
		return fmt.Errorf("attaching IAM Policy (%s) to IAM Role (%s): %w", policyARN, role, err)
	}
	return nil
}

func attachmentRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	role, policyARN := d.Get("role").(string), d.Get("policy_arn").(string)
	attached, err := attachedPolicies(ctx, iamClient(meta), role)
	if err != nil && !isNoSuchEntity(err) {
		return diag.Errorf("reading IAM Role Policy Attachment (%s): %s", d.Id(), err)
	}
	for _, other := range attached {
		if other == policyARN {
			return nil
		}
	}
	if d.IsNewResource() {
		return diag.Errorf("reading IAM Role Policy Attachment (%s): couldn't find resource", d.Id())
	}
	d.SetId("")
	return nil
}

func attachedPolicies(ctx context.Context, conn *iam.Client, role string) ([]string, error) {
	var result []string
	pages := iam.NewListAttachedRolePoliciesPaginator(conn, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(role)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, policy := range page.AttachedPolicies {
			result = append(result, aws.ToString(policy.PolicyArn))
		}
	}
	return result, nil
}

func attachmentDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	return diag.FromErr(detach(ctx, iamClient(meta), d.Get("role").(string), d.Get("policy_arn").(string)))
}

func detach(ctx context.Context, conn *iam.Client, role, policyARN string) error {
	_, err := conn.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{
		RoleName: aws.String(role), PolicyArn: aws.String(policyARN),
	})
	if err != nil && !isNoSuchEntity(err) {
		return fmt.Errorf("detaching IAM Policy (%s) from IAM Role (%s): %w", policyARN, role, err)
	}
	return nil
}

func attachmentImport(_ context.Context, d *schema.ResourceData, _ any) ([]*schema.ResourceData, error) {
	role, policyARN, found := strings.Cut(d.Id(), "/")
	if !found || role == "" || policyARN == "" {
		return nil, fmt.Errorf("unexpected format of ID (%q), expected <role-name>/<policy_arn>", d.Id())
	}
	return []*schema.ResourceData{d}, setAll(d, map[string]any{"role": role, "policy_arn": policyARN})
}
