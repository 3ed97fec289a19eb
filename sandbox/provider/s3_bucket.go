// aws.s3.Bucket: the bucket itself, without any of its settings.
package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/id"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourceBucket() *schema.Resource {
	return &schema.Resource{
		CreateContext: bucketCreate,
		ReadContext:   bucketRead,
		UpdateContext: bucketUpdate,
		DeleteContext: bucketDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		CustomizeDiff: planTags,
		Schema: withTags(map[string]*schema.Schema{
			"arn":                         computed(schema.TypeString),
			"bucket":                      bucketNameSchema("bucket_prefix", 63),
			"bucket_domain_name":          computed(schema.TypeString),
			"bucket_prefix":               bucketNameSchema("bucket", 63-id.UniqueIDSuffixLength),
			"bucket_region":               computed(schema.TypeString),
			"bucket_regional_domain_name": computed(schema.TypeString),
			"force_destroy":               withDefault(schema.TypeBool, false),
		}),
	}
}

func bucketNameSchema(conflict string, maxLength int) *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeString, Optional: true, Computed: true, ForceNew: true, ConflictsWith: []string{conflict},
		ValidateFunc: validation.StringLenBetween(0, maxLength),
	}
}

func bucketCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := d.Get("bucket").(string)
	if name == "" {
		name = id.PrefixedUniqueId(d.Get("bucket_prefix").(string))
	}
	input := &s3.CreateBucketInput{Bucket: aws.String(name)}
	if region := regionOf(d, meta); region != "us-east-1" {
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	if _, err := s3Client(d, meta).CreateBucket(ctx, input); err != nil {
		return diag.Errorf("creating S3 Bucket (%s): %s", name, err)
	}
	d.SetId(name)
	if err := putBucketTags(ctx, d, meta); err != nil {
		return diag.FromErr(err)
	}
	return bucketRead(ctx, d, meta)
}

func putBucketTags(ctx context.Context, d *schema.ResourceData, meta any) error {
	if !d.HasChange("tags_all") {
		return nil
	}
	tags := convertTags(d, meta, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
	conn, bucket := s3Client(d, meta), aws.String(d.Id())
	var err error
	if len(tags) == 0 {
		_, err = conn.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: bucket})
	} else {
		_, err = conn.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: bucket, Tagging: &types.Tagging{TagSet: tags}})
	}
	if err != nil {
		return fmt.Errorf("setting S3 Bucket (%s) tags: %w", d.Id(), err)
	}
	return nil
}

func bucketRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn, bucket := s3Client(d, meta), aws.String(d.Id())
	_, err := conn.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: bucket})
	if isError(err, "NotFound", "NoSuchBucket") && !d.IsNewResource() {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.Errorf("reading S3 Bucket (%s): %s", d.Id(), err)
	}
	output, err := conn.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: bucket})
	if err != nil && !isError(err, "NoSuchTagSet") {
		return diag.Errorf("reading S3 Bucket (%s) tags: %s", d.Id(), err)
	}
	tags := map[string]string{}
	if output != nil {
		for _, tag := range output.TagSet {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	region := regionOf(d, meta)
	return diag.FromErr(errors.Join(setTags(d, meta, tags), setAll(d, map[string]any{
		"arn": fmt.Sprintf("arn:%s:s3:::%s", meta.(*awsClient).partition, d.Id()), "bucket": d.Id(), "bucket_prefix": prefixOf(d.Id()),
		"bucket_domain_name": d.Id() + ".s3.amazonaws.com", "bucket_region": region, "region": region,
		"bucket_regional_domain_name": fmt.Sprintf("%s.s3.%s.amazonaws.com", d.Id(), region),
	})))
}

func bucketUpdate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	if err := putBucketTags(ctx, d, meta); err != nil {
		return diag.FromErr(err)
	}
	return bucketRead(ctx, d, meta)
}

func bucketDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn := s3Client(d, meta)
	if d.Get("force_destroy").(bool) {
		if err := emptyBucket(ctx, conn, d.Id()); err != nil {
			return diag.Errorf("emptying S3 Bucket (%s): %s", d.Id(), err)
		}
	}
	_, err := conn.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(d.Id())})
	if err != nil && !isError(err, "NoSuchBucket") {
		return diag.Errorf("deleting S3 Bucket (%s): %s", d.Id(), err)
	}
	return nil
}

func emptyBucket(ctx context.Context, conn *s3.Client, bucket string) error {
	pages := s3.NewListObjectVersionsPaginator(conn, &s3.ListObjectVersionsInput{Bucket: aws.String(bucket)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		var objects []types.ObjectIdentifier
		for _, version := range page.Versions {
			objects = append(objects, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			objects = append(objects, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
		}
		if len(objects) == 0 {
			continue
		}
		_, err = conn.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: aws.String(bucket), Delete: &types.Delete{Objects: objects}})
		if err != nil {
			return err
		}
	}
	return nil
}
