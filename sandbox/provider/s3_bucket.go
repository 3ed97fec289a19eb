// S3: aws.s3.Bucket, and aws.s3.BucketServerSideEncryptionConfiguration, the key of its encryption.
package main

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

const bucketNameMax = 63

var s3Bucket = kind{
	title: "S3 Bucket", named: "bucket", id: "Bucket", regional: true, gone: []string{"NotFound", "NoSuchBucket"},
	bridge: tfbridge.ResourceInfo{Fields: fields{"bucket": tfbridge.AutoNameTransform("bucket", bucketNameMax, strings.ToLower)}},
	tags:   &tagging{replace: putBucketTags, key: "Key", value: "Value"},
	fields: texts(attributes{
		"bucket": aString(optional, computed, forceNew, validated(validation.StringLenBetween(0, bucketNameMax))),
	}, "arn", "bucket_domain_name", "bucket_region", "bucket_regional_domain_name"),
	create: func(o op, name string) string {
		request := record{"Bucket": name}
		if region := o.region(); region != "us-east-1" {
			request["CreateBucketConfiguration"] = record{"LocationConstraint": region}
		}
		o.ask("s3:CreateBucket", request)
		return name
	},
	complete: func(o op) {
		if tags := toStringMap(o.Get("tags")); len(tags) > 0 {
			putBucketTags(o, tags)
		}
	},
	read:   readBucket,
	remove: sending("s3:DeleteBucket"),
}

func putBucketTags(o op, tags map[string]string) {
	if len(tags) == 0 {
		o.ask("s3:DeleteBucketTagging", o.about())
		return
	}
	set := record{"TagSet": o.kind.tags.toAPI(tags)}
	o.ask("s3:PutBucketTagging", o.about(record{"Tagging": set}))
}

func readBucket(o op) record {
	o.ask("s3:HeadBucket", o.about())
	var tags record
	err := attempt(func() { tags = o.ask("s3:GetBucketTagging", o.about()) })
	if !isError(err, "NoSuchTagSet") {
		check(err)
	}
	return record{
		"Arn":                      fmt.Sprintf("arn:%s:s3:::%s", o.partition, o.Id()),
		"Bucket":                   o.Id(),
		"BucketDomainName":         o.Id() + ".s3.amazonaws.com",
		"BucketRegion":             o.region(),
		"BucketRegionalDomainName": fmt.Sprintf("%s.s3.%s.amazonaws.com", o.Id(), o.region()),
		"Tags":                     tags["TagSet"],
	}
}

var bucketEncryption = kind{
	title: "S3 Bucket Server-side Encryption Configuration", named: "bucket", id: "Bucket", regional: true,
	gone: []string{"NoSuchBucket", "ServerSideEncryptionConfigurationNotFoundError"},
	fields: attributes{
		"bucket": aString(required, forceNew),
		"rule": blocks(attributes{
			"apply_server_side_encryption_by_default": block(attributes{
				"kms_master_key_id": aString(optional),
				"sse_algorithm":     aString(required),
			}),
			"bucket_key_enabled": aBool(optional),
		}, required),
	},
	names: names{"rule": "Rules"},
	create: func(o op, bucket string) string {
		o.ask("s3:PutBucketEncryption", record{"Bucket": bucket, "ServerSideEncryptionConfiguration": o.given("rule")})
		return bucket
	},
	again: true,
	read: func(o op) record {
		answer := o.ask("s3:GetBucketEncryption", o.about())
		return join(o.about(), member(answer, "ServerSideEncryptionConfiguration"))
	},
	remove: sending("s3:DeleteBucketEncryption"),
}
