// aws.iam.PolicyAttachment: everything that one managed policy is attached to; any other attachment of it that is read is taken away.
package main

import (
	"context"
	"errors"

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
			"groups":     holders(),
			"roles":      holders(),
			"users":      holders(),
		},
		create: moveHolders,
		read:   readHolders,
		update: again(moveHolders),
		remove: removeHolders,
	}.resource()
	r.Importer = nil
	return r
}

func holders() *schema.Schema {
	s := stringSet()
	s.AtLeastOneOf = []string{"groups", "roles", "users"}
	return s
}

// attachments say how each kind of holder gets and loses a policy.
var attachments = map[string]struct {
	attach, detach func(ctx context.Context, conn *iam.Client, holder, policyARN string) error
}{
	"groups": {attachToGroup, detachFromGroup},
	"roles":  {attach, detach},
	"users":  {attachToUser, detachFromUser},
}

func attachToGroup(ctx context.Context, conn *iam.Client, group, policyARN string) error {
	_, err := conn.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: aws.String(group), PolicyArn: aws.String(policyARN)})
	return err
}

func attachToUser(ctx context.Context, conn *iam.Client, user, policyARN string) error {
	_, err := conn.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: aws.String(user), PolicyArn: aws.String(policyARN)})
	return err
}

func detachFromGroup(ctx context.Context, conn *iam.Client, group, policyARN string) error {
	_, err := conn.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: aws.String(group), PolicyArn: aws.String(policyARN)})
	return unlessGone(err)
}

func detachFromUser(ctx context.Context, conn *iam.Client, user, policyARN string) error {
	_, err := conn.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: aws.String(user), PolicyArn: aws.String(policyARN)})
	return unlessGone(err)
}

func unlessGone(err error) error {
	if isError(err, noSuchEntity) {
		return nil
	}
	return err
}

// readHolders takes in whatever has the policy, so that after a refresh an update takes it from what is not declared.
func readHolders(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	found := map[string]any{}
	pages := iam.NewListEntitiesForPolicyPaginator(c.iam(), &iam.ListEntitiesForPolicyInput{
		PolicyArn: aws.String(d.Get("policy_arn").(string)),
	})
	err := eachPage(ctx, pages, func(page *iam.ListEntitiesForPolicyOutput) { addHolders(found, page) })
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return map[string]any{"groups": found["groups"], "roles": found["roles"], "users": found["users"]}, nil
}

func addHolders(found map[string]any, page *iam.ListEntitiesForPolicyOutput) {
	add := func(kind string, name *string) {
		names, _ := found[kind].([]string)
		found[kind] = append(names, aws.ToString(name))
	}
	for _, group := range page.PolicyGroups {
		add("groups", group.GroupName)
	}
	for _, role := range page.PolicyRoles {
		add("roles", role.RoleName)
	}
	for _, user := range page.PolicyUsers {
		add("users", user.UserName)
	}
}

func removeHolders(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	var errs []error
	for kind, do := range attachments {
		for _, holder := range toStrings(d.Get(kind)) {
			errs = append(errs, do.detach(ctx, c.iam(), holder, d.Get("policy_arn").(string)))
		}
	}
	return errors.Join(errs...)
}

// moveHolders makes each list of holders true: away first, as the real provider does.
func moveHolders(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	conn, policyARN := c.iam(), d.Get("policy_arn").(string)
	var errs []error
	for kind, do := range attachments {
		before, after := d.GetChange(kind)
		old, wanted := toStrings(before), toStrings(after)
		err := each(without(old, wanted), func(holder string) error { return do.detach(ctx, conn, holder, policyARN) })
		if err == nil {
			err = each(without(wanted, old), func(holder string) error { return do.attach(ctx, conn, holder, policyARN) })
		}
		errs = append(errs, err)
	}
	return d.Get("name").(string), errors.Join(errs...)
}
