// aws.iam.Policy: a customer managed policy and its versions.
package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

const (
	managedPolicyMax = 6144
	keptVersions     = 5
)

func resourcePolicy() *schema.Resource {
	return &schema.Resource{
		CreateContext: policyCreate,
		ReadContext:   policyRead,
		UpdateContext: policyUpdate,
		DeleteContext: policyDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		CustomizeDiff: planTags,
		Schema: withTags(map[string]*schema.Schema{
			"arn":              computed(schema.TypeString),
			"attachment_count": computed(schema.TypeInt),
			"description":      forceNew(optional(schema.TypeString)),
			"name":             nameSchema(policyNameMax),
			"name_prefix":      namePrefixSchema(policyNameMax),
			"path":             forceNew(withDefault(schema.TypeString, "/")),
			"policy":           policySchema(managedPolicyMax),
			"policy_id":        computed(schema.TypeString),

			"delay_after_policy_creation_in_ms": optional(schema.TypeInt),
		}),
	}
}

func iamTag(key, value *string) types.Tag {
	return types.Tag{Key: key, Value: value}
}

func iamTagMap(tags []types.Tag) map[string]string {
	result := map[string]string{}
	for _, tag := range tags {
		result[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return result
}

func policyCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := chosenName(d)
	document, err := normalizePolicy(d.Get("policy").(string))
	if err != nil {
		return diag.FromErr(err)
	}
	output, err := iamClient(meta).CreatePolicy(ctx, &iam.CreatePolicyInput{
		Description:    aws.String(d.Get("description").(string)),
		Path:           aws.String(d.Get("path").(string)),
		PolicyDocument: aws.String(document),
		PolicyName:     aws.String(name),
		Tags:           convertTags(d, meta, iamTag),
	})
	if err != nil {
		return diag.Errorf("creating IAM Policy (%s): %s", name, err)
	}
	d.SetId(aws.ToString(output.Policy.Arn))
	return policyRead(ctx, d, meta)
}

func policyRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	policy, document, err := findPolicy(ctx, iamClient(meta), d.Id())
	if isNoSuchEntity(err) && !d.IsNewResource() {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.Errorf("reading IAM Policy (%s): %s", d.Id(), err)
	}
	text, err := policyForState(d.Get("policy").(string), document)
	if err != nil {
		return diag.Errorf("parsing IAM Policy (%s) document: %s", d.Id(), err)
	}
	if err := setTags(d, meta, iamTagMap(policy.Tags)); err != nil {
		return diag.FromErr(err)
	}
	return diag.FromErr(setAll(d, map[string]any{
		"arn": policy.Arn, "attachment_count": policy.AttachmentCount, "description": policy.Description,
		"name": policy.PolicyName, "name_prefix": prefixOf(aws.ToString(policy.PolicyName)),
		"path": policy.Path, "policy": text, "policy_id": policy.PolicyId,
	}))
}

func findPolicy(ctx context.Context, conn *iam.Client, policyARN string) (*types.Policy, string, error) {
	output, err := conn.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(policyARN)})
	if err != nil {
		return nil, "", err
	}
	version, err := conn.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{
		PolicyArn: aws.String(policyARN), VersionId: output.Policy.DefaultVersionId,
	})
	if err != nil {
		return nil, "", err
	}
	return output.Policy, aws.ToString(version.PolicyVersion.Document), nil
}

func policyUpdate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn, policyARN := iamClient(meta), aws.String(d.Id())
	if d.HasChange("policy") {
		if err := newPolicyVersion(ctx, conn, d.Id(), d.Get("policy").(string)); err != nil {
			return diag.Errorf("updating IAM Policy (%s): %s", d.Id(), err)
		}
	}
	err := retag(d, func(keys []string) error {
		_, err := conn.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: policyARN, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: policyARN, Tags: convertMap(tags, iamTag)})
		return err
	})
	if err != nil {
		return diag.Errorf("updating IAM Policy (%s): %s", d.Id(), err)
	}
	return policyRead(ctx, d, meta)
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

func policyVersions(ctx context.Context, conn *iam.Client, policyARN string) ([]types.PolicyVersion, error) {
	var result []types.PolicyVersion
	pages := iam.NewListPolicyVersionsPaginator(conn, &iam.ListPolicyVersionsInput{PolicyArn: aws.String(policyARN)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		result = append(result, page.Versions...)
	}
	return result, nil
}

func deleteVersion(ctx context.Context, conn *iam.Client, policyARN string, version *string) error {
	_, err := conn.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{
		PolicyArn: aws.String(policyARN), VersionId: version,
	})
	if err != nil {
		return fmt.Errorf("deleting IAM Policy (%s) version (%s): %w", policyARN, aws.ToString(version), err)
	}
	return nil
}

func policyDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn := iamClient(meta)
	versions, err := policyVersions(ctx, conn, d.Id())
	if isNoSuchEntity(err) {
		return nil
	}
	if err != nil {
		return diag.Errorf("reading IAM Policy (%s) versions: %s", d.Id(), err)
	}
	for _, version := range versions {
		if version.IsDefaultVersion {
			continue
		}
		if err := deleteVersion(ctx, conn, d.Id(), version.VersionId); err != nil {
			return diag.FromErr(err)
		}
	}
	_, err = conn.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(d.Id())})
	if err != nil && !isNoSuchEntity(err) {
		return diag.Errorf("deleting IAM Policy (%s): %s", d.Id(), err)
	}
	return nil
}
