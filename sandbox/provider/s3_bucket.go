// S3: aws.s3.Bucket, the bucket itself, and aws.s3.BucketServerSideEncryptionConfiguration, which key it encrypts with.
package main

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/id"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func bucketOf(o op) record {
	return record{"Bucket": o.Id()}
}

func resourceBucket() *schema.Resource {
	return kind{
		title: "S3 Bucket",
		gone:  []string{"NotFound", "NoSuchBucket"},
		tags:  &tagging{replace: putBucketTags, key: "Key", value: "Value"},
		fields: withTags(texts(map[string]*schema.Schema{
			"bucket":        nameInstead("bucket_prefix", validation.StringLenBetween(0, 63)),
			"bucket_prefix": nameInstead("bucket", validation.StringLenBetween(0, 63-id.UniqueIDSuffixLength)),
			"force_destroy": withDefault(schema.TypeBool, false),
		}, "arn", "bucket_domain_name", "bucket_region", "bucket_regional_domain_name")),
		create: func(o op) (string, error) {
			name, request := o.chosenName("bucket", "bucket_prefix"), record{}
			if region := o.regionOf(o.ResourceData); region != "us-east-1" {
				request["CreateBucketConfiguration"] = record{"LocationConstraint": region}
			}
			if err := o.do("s3:CreateBucket", join(record{"Bucket": name}, request)); err != nil {
				return name, err
			}
			o.SetId(name)
			if tags := o.mergedTags(o.Get("tags")); len(tags) > 0 {
				return name, putBucketTags(o, tags)
			}
			return name, nil
		},
		read: readBucket,
		remove: func(o op) error {
			if o.Get("force_destroy").(bool) {
				if err := emptyBucket(o); err != nil {
					return fmt.Errorf("emptying it: %w", err)
				}
			}
			return o.do("s3:DeleteBucket", bucketOf(o))
		},
	}.resource()
}

func putBucketTags(o op, tags map[string]string) error {
	if len(tags) == 0 {
		return o.do("s3:DeleteBucketTagging", bucketOf(o))
	}
	set := record{"TagSet": tagging{key: "Key", value: "Value"}.toAPI(tags)}
	return o.do("s3:PutBucketTagging", join(bucketOf(o), record{"Tagging": set}))
}

func readBucket(o op) (record, error) {
	if err := o.do("s3:HeadBucket", bucketOf(o)); err != nil {
		return nil, err
	}
	answer, err := o.ask("s3:GetBucketTagging", bucketOf(o))
	if isError(err, "NoSuchTagSet") {
		err = nil
	}
	region := o.regionOf(o.ResourceData)
	return record{
		"Arn": fmt.Sprintf("arn:%s:s3:::%s", o.partition, o.Id()), "Bucket": o.Id(), "BucketPrefix": prefixOf(o.Id()),
		"BucketDomainName": o.Id() + ".s3.amazonaws.com", "BucketRegion": region, "Tags": answer["TagSet"],
		"BucketRegionalDomainName": fmt.Sprintf("%s.s3.%s.amazonaws.com", o.Id(), region),
	}, err
}

func emptyBucket(o op) error {
	var objects []record
	for _, kept := range []string{"Versions", "DeleteMarkers"} {
		found, err := o.all("s3:ListObjectVersions", bucketOf(o), kept)
		if err != nil {
			return err
		}
		for _, object := range found {
			objects = append(objects, record{"Key": object["Key"], "VersionId": object["VersionId"]})
		}
	}
	return each(slices.Collect(slices.Chunk(objects, 1000)), func(batch []record) error {
		return o.do("s3:DeleteObjects", join(bucketOf(o), record{"Delete": record{"Objects": batch}}))
	})
}

func resourceBucketEncryption() *schema.Resource {
	standard := map[string]*schema.Schema{"kms_master_key_id": optional(schema.TypeString), "sse_algorithm": required()}
	rule := map[string]*schema.Schema{
		"apply_server_side_encryption_by_default": block(standard),
		"bucket_key_enabled":                      optional(schema.TypeBool),
	}
	create := func(o op) (string, error) {
		return o.Get("bucket").(string), o.do("s3:PutBucketEncryption", join(o.given("bucket"), record{"ServerSideEncryptionConfiguration": o.given("rule")}))
	}
	return kind{
		title: "S3 Bucket Server-side Encryption Configuration",
		gone:  []string{"NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError"},
		fields: map[string]*schema.Schema{
			"bucket": forceNew(required()),
			"rule":   {Type: schema.TypeSet, Required: true, Elem: &schema.Resource{Schema: rule}},
		},
		names:  names{"rule": "Rules"},
		create: create,
		read: func(o op) (record, error) {
			answer, err := o.ask("s3:GetBucketEncryption", bucketOf(o))
			return join(bucketOf(o), member(answer, "ServerSideEncryptionConfiguration")), err
		},
		changes: again(create),
		remove:  sending("s3:DeleteBucketEncryption", bucketOf),
	}.resource()
}
