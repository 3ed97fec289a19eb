// aws.s3.BucketServerSideEncryptionConfiguration: which key a bucket encrypts with.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func resourceBucketEncryption() *schema.Resource {
	standard := map[string]*schema.Schema{"kms_master_key_id": optional(schema.TypeString), "sse_algorithm": required()}
	rule := map[string]*schema.Schema{
		"apply_server_side_encryption_by_default": {
			Type: schema.TypeList, Optional: true, MaxItems: 1, Elem: &schema.Resource{Schema: standard},
		},
		"bucket_key_enabled": optional(schema.TypeBool),
	}
	return &schema.Resource{
		CreateContext: bucketEncryptionPut,
		ReadContext:   bucketEncryptionRead,
		UpdateContext: bucketEncryptionPut,
		DeleteContext: bucketEncryptionDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Schema: map[string]*schema.Schema{
			"bucket": forceNew(required()),
			"rule":   {Type: schema.TypeSet, Required: true, Elem: &schema.Resource{Schema: rule}},
		},
	}
}

func bucketEncryptionPut(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
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
	_, err := s3Client(d, meta).PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: aws.String(bucket), ServerSideEncryptionConfiguration: configuration,
	})
	if err != nil {
		return diag.Errorf("setting S3 Bucket (%s) encryption: %s", bucket, err)
	}
	d.SetId(bucket)
	return bucketEncryptionRead(ctx, d, meta)
}

func bucketEncryptionRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	output, err := s3Client(d, meta).GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(d.Id())})
	if isError(err, "NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError") && !d.IsNewResource() {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.Errorf("reading S3 Bucket (%s) encryption: %s", d.Id(), err)
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
	return diag.FromErr(setAll(d, map[string]any{"bucket": d.Id(), "region": regionOf(d, meta), "rule": rules}))
}

func bucketEncryptionDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	_, err := s3Client(d, meta).DeleteBucketEncryption(ctx, &s3.DeleteBucketEncryptionInput{Bucket: aws.String(d.Id())})
	if err != nil && !isError(err, "NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError") {
		return diag.Errorf("deleting S3 Bucket (%s) encryption: %s", d.Id(), err)
	}
	return nil
}
