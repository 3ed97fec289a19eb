// The writes of aws.iam.Role after its creation: one API call for each thing that changed, and the clearing up before it goes.
package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func updateRole(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	for _, step := range []func(context.Context, *schema.ResourceData, *iam.Client) error{
		updateTrust, updateSettings, updateBoundary, syncRolePolicies, updateRoleTags,
	} {
		if err := step(ctx, d, c.iam()); err != nil {
			return err
		}
	}
	return nil
}

func updateTrust(ctx context.Context, d *schema.ResourceData, conn *iam.Client) error {
	if !d.HasChange("assume_role_policy") {
		return nil
	}
	trust, err := normalizePolicy(d.Get("assume_role_policy").(string))
	if err != nil {
		return err
	}
	_, err = conn.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
		RoleName: aws.String(d.Id()), PolicyDocument: aws.String(trust),
	})
	return err
}

func updateSettings(ctx context.Context, d *schema.ResourceData, conn *iam.Client) error {
	if !d.HasChanges("description", "max_session_duration") {
		return nil
	}
	_, err := conn.UpdateRole(ctx, &iam.UpdateRoleInput{
		RoleName:           aws.String(d.Id()),
		Description:        aws.String(d.Get("description").(string)),
		MaxSessionDuration: aws.Int32(int32(d.Get("max_session_duration").(int))),
	})
	return err
}

func updateBoundary(ctx context.Context, d *schema.ResourceData, conn *iam.Client) error {
	if !d.HasChange("permissions_boundary") {
		return nil
	}
	boundary := nonEmpty(d.Get("permissions_boundary"))
	if boundary == nil {
		_, err := conn.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: aws.String(d.Id())})
		return err
	}
	_, err := conn.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{
		RoleName: aws.String(d.Id()), PermissionsBoundary: boundary,
	})
	return err
}

func updateRoleTags(ctx context.Context, d *schema.ResourceData, conn *iam.Client) error {
	return retag(d, func(keys []string) error {
		_, err := conn.UntagRole(ctx, &iam.UntagRoleInput{RoleName: aws.String(d.Id()), TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String(d.Id()), Tags: convertTags(tags, iamTag)})
		return err
	})
}

// removeRole takes away only policies that the role owns, unless it is told to force: AWS refuses to delete a role that still has some.
func removeRole(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	conn, force := c.iam(), d.Get("force_detach_policies").(bool)
	if err := leaveInstanceProfiles(ctx, conn, d.Id()); err != nil {
		return said{err}
	}
	for _, its := range []exclusive{
		{list: "managed_policy_arns", present: attachedPolicies, remove: detach},
		{list: "inline_policy", present: inlinePolicyNames, remove: deleteInlinePolicy},
	} {
		if !force && d.Get(its.list).(*schema.Set).Len() == 0 {
			continue
		}
		present, err := its.present(ctx, conn, d.Id())
		if err == nil {
			err = each(present, func(item string) error { return its.remove(ctx, conn, d.Id(), item) })
		}
		if err != nil {
			return said{err}
		}
	}
	_, err := conn.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String(d.Id())})
	return err
}

func leaveInstanceProfiles(ctx context.Context, conn *iam.Client, role string) error {
	output, err := conn.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: aws.String(role)})
	if err != nil {
		return fmt.Errorf("reading instance profiles of IAM Role (%s): %w", role, err)
	}
	for _, profile := range output.InstanceProfiles {
		_, err := conn.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{
			InstanceProfileName: profile.InstanceProfileName, RoleName: aws.String(role),
		})
		if err != nil && !isError(err, noSuchEntity) {
			return fmt.Errorf("removing IAM Role (%s) from instance profile: %w", role, err)
		}
	}
	return nil
}
