// aws.s3.BucketServerSideEncryptionConfiguration: which key a bucket encrypts with.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func resourceBucketEncryption() *schema.Resource {
	standard := map[string]*schema.Schema{"kms_master_key_id": optional(schema.TypeString), "sse_algorithm": required()}
	rule := map[string]*schema.Schema{
		"apply_server_side_encryption_by_default": block(standard),
		"bucket_key_enabled":                      optional(schema.TypeBool),
	}
	return kind{
		title: "S3 Bucket Server-side Encryption Configuration",
		gone:  []string{"NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError"},
		fields: map[string]*schema.Schema{
			"bucket": forceNew(required()),
			"rule":   {Type: schema.TypeSet, Required: true, Elem: &schema.Resource{Schema: rule}},
		},
		create: putBucketEncryption,
		read:   readBucketEncryption,
		update: again(putBucketEncryption),
		remove: removeBucketEncryption,
	}.resource()
}

func putBucketEncryption(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	bucket, configuration := d.Get("bucket").(string), &types.ServerSideEncryptionConfiguration{}
	for _, raw := range d.Get("rule").(*schema.Set).List() {
		block := raw.(map[string]any)
		rule := types.ServerSideEncryptionRule{BucketKeyEnabled: aws.Bool(block["bucket_key_enabled"].(bool))}
		for _, standard := range block["apply_server_side_encryption_by_default"].([]any) {
			values := toStringMap(standard)
			rule.ApplyServerSideEncryptionByDefault = &types.ServerSideEncryptionByDefault{
				KMSMasterKeyID: nonEmpty(values["kms_master_key_id"]), SSEAlgorithm: types.ServerSideEncryption(values["sse_algorithm"]),
			}
		}
		configuration.Rules = append(configuration.Rules, rule)
	}
	_, err := c.s3(d).PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: aws.String(bucket), ServerSideEncryptionConfiguration: configuration,
	})
	return bucket, err
}

func readBucketEncryption(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	output, err := c.s3(d).GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(d.Id())})
	if err != nil {
		return nil, err
	}
	var rules []any
	for _, rule := range output.ServerSideEncryptionConfiguration.Rules {
		values := map[string]any{"bucket_key_enabled": aws.ToBool(rule.BucketKeyEnabled)}
		if standard := rule.ApplyServerSideEncryptionByDefault; standard != nil {
			values["apply_server_side_encryption_by_default"] = []any{map[string]any{
				"kms_master_key_id": aws.ToString(standard.KMSMasterKeyID), "sse_algorithm": string(standard.SSEAlgorithm),
			}}
		}
		rules = append(rules, values)
	}
	return map[string]any{"bucket": d.Id(), "rule": rules}, nil
}

func removeBucketEncryption(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	_, err := c.s3(d).DeleteBucketEncryption(ctx, &s3.DeleteBucketEncryptionInput{Bucket: aws.String(d.Id())})
	return err
}
