// aws.iam.PolicyAttachment: all roles that one managed policy is attached to; it is taken from any other one that is read.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourcePolicyAttachment() *schema.Resource {
	r := kind{
		title: "IAM Policy Attachment",
		gone:  []string{noSuchEntity},
		fields: map[string]*schema.Schema{
			"name":       validated(forceNew(required()), validation.NoZeroValues),
			"policy_arn": validated(forceNew(required()), validARN),
			"roles":      requiredSet(),
		},
		create: moveHolders,
		read:   readHolders,
		update: again(moveHolders),
		remove: removeHolders,
	}.resource()
	r.Importer = nil
	return r
}

// readHolders takes in whatever has the policy, so that after a refresh an update takes it from what is not declared.
func readHolders(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	var roles []string
	pages := iam.NewListEntitiesForPolicyPaginator(c.iam(), &iam.ListEntitiesForPolicyInput{
		PolicyArn: aws.String(d.Get("policy_arn").(string)),
	})
	err := eachPage(ctx, pages, func(page *iam.ListEntitiesForPolicyOutput) {
		for _, role := range page.PolicyRoles {
			roles = append(roles, aws.ToString(role.RoleName))
		}
	})
	if err != nil || len(roles) == 0 {
		return nil, err
	}
	return map[string]any{"roles": roles}, nil
}

// moveHolders makes the list true: away first, as the real provider does.
func moveHolders(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	before, after := d.GetChange("roles")
	return d.Get("name").(string), moveAttachments(ctx, d, c, toStrings(before), toStrings(after))
}

func removeHolders(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	return moveAttachments(ctx, d, c, toStrings(d.Get("roles")), nil)
}

func moveAttachments(ctx context.Context, d *schema.ResourceData, c *awsClient, old, wanted []string) error {
	conn, policyARN := c.iam(), d.Get("policy_arn").(string)
	err := each(without(old, wanted), func(role string) error { return detach(ctx, conn, role, policyARN) })
	if err != nil {
		return err
	}
	return each(without(wanted, old), func(role string) error { return attach(ctx, conn, role, policyARN) })
}
