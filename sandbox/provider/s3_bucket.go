// aws.s3.Bucket: the bucket itself, without any of its settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/id"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourceBucket() *schema.Resource {
	return kind{
		title: "S3 Bucket",
		gone:  []string{"NotFound", "NoSuchBucket"},
		fields: withTags(texts(map[string]*schema.Schema{
			"bucket":        nameInstead("bucket_prefix", validation.StringLenBetween(0, 63)),
			"bucket_prefix": nameInstead("bucket", validation.StringLenBetween(0, 63-id.UniqueIDSuffixLength)),
			"force_destroy": withDefault(schema.TypeBool, false),
		}, "arn", "bucket_domain_name", "bucket_region", "bucket_regional_domain_name")),
		create: createBucket,
		read:   readBucket,
		update: putBucketTags,
		remove: removeBucket,
	}.resource()
}

func createBucket(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	name := d.Get("bucket").(string)
	if name == "" {
		name = id.PrefixedUniqueId(d.Get("bucket_prefix").(string))
	}
	input := &s3.CreateBucketInput{Bucket: aws.String(name)}
	if region := c.regionOf(d); region != "us-east-1" {
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	if _, err := c.s3(d).CreateBucket(ctx, input); err != nil {
		return name, err
	}
	d.SetId(name)
	return name, putBucketTags(ctx, d, c)
}

func putBucketTags(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	if !d.HasChange("tags_all") {
		return nil
	}
	conn, bucket, tags := c.s3(d), aws.String(d.Id()), convertTags(c.mergedTags(d.Get("tags")), s3Tag)
	if len(tags) == 0 {
		_, err := conn.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: bucket})
		return err
	}
	_, err := conn.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: bucket, Tagging: &types.Tagging{TagSet: tags}})
	return err
}

func s3Tag(key, value *string) types.Tag {
	return types.Tag{Key: key, Value: value}
}

func readBucket(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	conn, bucket, region := c.s3(d), aws.String(d.Id()), c.regionOf(d)
	if _, err := conn.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: bucket}); err != nil {
		return nil, err
	}
	output, err := conn.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: bucket})
	if isError(err, "NoSuchTagSet") {
		output, err = &s3.GetBucketTaggingOutput{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("its tags: %w", err)
	}
	return map[string]any{
		"arn": fmt.Sprintf("arn:%s:s3:::%s", c.partition, d.Id()), "bucket": d.Id(), "bucket_prefix": prefixOf(d.Id()),
		"bucket_domain_name": d.Id() + ".s3.amazonaws.com", "bucket_region": region,
		"bucket_regional_domain_name": fmt.Sprintf("%s.s3.%s.amazonaws.com", d.Id(), region),
		"tags_all":                    tagMap(output.TagSet, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }),
	}, nil
}

func removeBucket(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	if d.Get("force_destroy").(bool) {
		if err := emptyBucket(ctx, c.s3(d), d.Id()); err != nil {
			return fmt.Errorf("emptying it: %w", err)
		}
	}
	_, err := c.s3(d).DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(d.Id())})
	return err
}

func emptyBucket(ctx context.Context, conn *s3.Client, bucket string) error {
	var objects []types.ObjectIdentifier
	pages := s3.NewListObjectVersionsPaginator(conn, &s3.ListObjectVersionsInput{Bucket: aws.String(bucket)})
	err := eachPage(ctx, pages, func(page *s3.ListObjectVersionsOutput) {
		for _, version := range page.Versions {
			objects = append(objects, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			objects = append(objects, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
		}
	})
	for batch := range slices.Chunk(objects, 1000) {
		_, deleteErr := conn.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: aws.String(bucket), Delete: &types.Delete{Objects: batch}})
		err = errors.Join(err, deleteErr)
	}
	return err
}
