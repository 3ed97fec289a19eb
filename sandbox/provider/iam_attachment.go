// aws.iam.RolePolicyAttachment: one managed policy attached to one role; other attachments are not its business.
package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func resourceAttachment() *schema.Resource {
	r := kind{
		title:  "IAM Role Policy Attachment",
		gone:   []string{noSuchEntity},
		fields: map[string]*schema.Schema{"role": forceNew(required()), "policy_arn": forceNew(required())},
		create: createAttachment,
		read:   readAttachment,
		remove: removeAttachment,
	}.resource()
	r.Importer.StateContext = importAttachment
	return r
}

func createAttachment(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	role, policyARN := d.Get("role").(string), d.Get("policy_arn").(string)
	if err := attach(ctx, c.iam(), role, policyARN); err != nil {
		return "", said{err}
	}
	return role + "/" + policyARN, nil
}

func attach(ctx context.Context, conn *iam.Client, role, policyARN string) error {
	_, err := conn.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String(role), PolicyArn: aws.String(policyARN)})
	if err != nil {
		return fmt.Errorf("attaching IAM Policy (%s) to IAM Role (%s): %w", policyARN, role, err)
	}
	return nil
}

func readAttachment(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	attached, err := attachedPolicies(ctx, c.iam(), d.Get("role").(string))
	if err != nil || !slices.Contains(attached, d.Get("policy_arn").(string)) {
		return nil, err
	}
	return map[string]any{}, nil
}

func attachedPolicies(ctx context.Context, conn *iam.Client, role string) (result []string, err error) {
	pages := iam.NewListAttachedRolePoliciesPaginator(conn, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(role)})
	err = eachPage(ctx, pages, func(page *iam.ListAttachedRolePoliciesOutput) {
		for _, policy := range page.AttachedPolicies {
			result = append(result, aws.ToString(policy.PolicyArn))
		}
	})
	return result, err
}

func removeAttachment(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	if err := detach(ctx, c.iam(), d.Get("role").(string), d.Get("policy_arn").(string)); err != nil {
		return said{err}
	}
	return nil
}

func detach(ctx context.Context, conn *iam.Client, role, policyARN string) error {
	_, err := conn.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String(role), PolicyArn: aws.String(policyARN)})
	if err != nil && !isError(err, noSuchEntity) {
		return fmt.Errorf("detaching IAM Policy (%s) from IAM Role (%s): %w", policyARN, role, err)
	}
	return nil
}

func importAttachment(_ context.Context, d *schema.ResourceData, _ any) ([]*schema.ResourceData, error) {
	role, policyARN, found := strings.Cut(d.Id(), "/")
	if !found || role == "" || policyARN == "" {
		return nil, fmt.Errorf("unexpected format of ID (%q), expected <role-name>/<policy_arn>", d.Id())
	}
	return []*schema.ResourceData{d}, setAll(d, map[string]any{"role": role, "policy_arn": policyARN})
}
