// aws.iam.Policy: a customer managed policy and its versions.
package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

const (
	managedPolicyMax = 6144
	keptVersions     = 5
)

func resourcePolicy() *schema.Resource {
	return kind{
		title: "IAM Policy",
		gone:  []string{noSuchEntity},
		fields: withTags(texts(withNames(map[string]*schema.Schema{
			"attachment_count": computed(schema.TypeInt),
			"description":      forceNew(optional(schema.TypeString)),
			"path":             forceNew(withDefault(schema.TypeString, "/")),
			"policy":           policySchema(managedPolicyMax),

			"delay_after_policy_creation_in_ms": optional(schema.TypeInt),
		}, policyNameMax), "arn", "policy_id")),
		create: createPolicy,
		read:   readPolicy,
		update: updatePolicy,
		remove: removePolicy,
	}.resource()
}

func iamTag(key, value *string) types.Tag {
	return types.Tag{Key: key, Value: value}
}

func iamTagMap(tags []types.Tag) map[string]string {
	return tagMap(tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value })
}

func createPolicy(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	name := chosenName(d)
	document, err := normalizePolicy(d.Get("policy").(string))
	if err != nil {
		return name, err
	}
	output, err := c.iam().CreatePolicy(ctx, &iam.CreatePolicyInput{
		Description:    aws.String(d.Get("description").(string)),
		Path:           aws.String(d.Get("path").(string)),
		PolicyDocument: aws.String(document),
		PolicyName:     aws.String(name),
		Tags:           convertTags(c.mergedTags(d.Get("tags")), iamTag),
	})
	if err != nil {
		return name, err
	}
	return aws.ToString(output.Policy.Arn), nil
}

func readPolicy(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	output, err := c.iam().GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(d.Id())})
	if err != nil {
		return nil, err
	}
	policy := output.Policy
	version, err := c.iam().GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{
		PolicyArn: aws.String(d.Id()), VersionId: policy.DefaultVersionId,
	})
	if err != nil {
		return nil, err
	}
	document, err := policyForState(d.Get("policy").(string), aws.ToString(version.PolicyVersion.Document))
	return map[string]any{
		"arn": policy.Arn, "attachment_count": policy.AttachmentCount, "description": policy.Description,
		"name": policy.PolicyName, "name_prefix": prefixOf(aws.ToString(policy.PolicyName)),
		"path": policy.Path, "policy": document, "policy_id": policy.PolicyId, "tags_all": iamTagMap(policy.Tags),
	}, err
}

func updatePolicy(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	conn, policyARN := c.iam(), aws.String(d.Id())
	if d.HasChange("policy") {
		if err := newPolicyVersion(ctx, conn, d.Id(), d.Get("policy").(string)); err != nil {
			return err
		}
	}
	return retag(d, func(keys []string) error {
		_, err := conn.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: policyARN, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: policyARN, Tags: convertTags(tags, iamTag)})
		return err
	})
}

func newPolicyVersion(ctx context.Context, conn *iam.Client, policyARN, policy string) error {
	versions, err := policyVersions(ctx, conn, policyARN)
	if err != nil {
		return err
	}
	if len(versions) >= keptVersions {
		if err := deleteVersion(ctx, conn, policyARN, oldest(versions)); err != nil {
			return err
		}
	}
	document, err := normalizePolicy(policy)
	if err != nil {
		return err
	}
	_, err = conn.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
		PolicyArn: aws.String(policyARN), PolicyDocument: aws.String(document), SetAsDefault: true,
	})
	return err
}

// oldest is the version to give up when IAM keeps no more: never the default one.
func oldest(versions []types.PolicyVersion) *string {
	var result types.PolicyVersion
	for _, version := range versions {
		if version.IsDefaultVersion {
			continue
		}
		if result.VersionId == nil || version.CreateDate.Before(aws.ToTime(result.CreateDate)) {
			result = version
		}
	}
	return result.VersionId
}

func policyVersions(ctx context.Context, conn *iam.Client, policyARN string) (result []types.PolicyVersion, err error) {
	pages := iam.NewListPolicyVersionsPaginator(conn, &iam.ListPolicyVersionsInput{PolicyArn: aws.String(policyARN)})
	err = eachPage(ctx, pages, func(page *iam.ListPolicyVersionsOutput) { result = append(result, page.Versions...) })
	return result, err
}

func deleteVersion(ctx context.Context, conn *iam.Client, policyARN string, version *string) error {
	_, err := conn.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: aws.String(policyARN), VersionId: version})
	if err != nil {
		return fmt.Errorf("deleting version %s: %w", aws.ToString(version), err)
	}
	return nil
}

func removePolicy(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	conn := c.iam()
	versions, err := policyVersions(ctx, conn, d.Id())
	if err != nil {
		return err
	}
	for _, version := range versions {
		if version.IsDefaultVersion {
			continue
		}
		if err := deleteVersion(ctx, conn, d.Id(), version.VersionId); err != nil {
			return err
		}
	}
	_, err = conn.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(d.Id())})
	return err
}
