// The KMS data source: a key by id, alias or ARN.
package main

import (
	"context"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

var keyIDFormat = regexp.MustCompile(`^(arn:[^:]+:kms:[^:]+:\d{12}:(key/|alias/)[a-zA-Z0-9/_-]+|alias/[a-zA-Z0-9/_-]+|(mrk-)?[a-zA-Z0-9-]+)$`)

func dataKey() *schema.Resource {
	return source{title: "KMS Key", read: lookUpKey, fields: texts(map[string]*schema.Schema{
		"enabled":      computed(schema.TypeBool),
		"key_id":       validated(required(), validation.StringMatch(keyIDFormat, "must be a KMS key id, alias or ARN")),
		"multi_region": computed(schema.TypeBool),
	}, "arn", "aws_account_id", "creation_date", "customer_master_key_spec", "deletion_date", "description", "key_manager", "key_spec",
		"key_state", "key_usage", "origin")}.resource()
}

func lookUpKey(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	input := &kms.DescribeKeyInput{KeyId: aws.String(d.Get("key_id").(string))}
	output, err := c.kms(d).DescribeKey(ctx, input)
	if err != nil {
		return aws.ToString(input.KeyId), nil, err
	}
	key := output.KeyMetadata
	return aws.ToString(key.KeyId), map[string]any{
		"arn": key.Arn, "aws_account_id": key.AWSAccountId, "creation_date": rfc3339(key.CreationDate),
		"customer_master_key_spec": string(key.KeySpec), "deletion_date": rfc3339(key.DeletionDate), "description": key.Description,
		"enabled": key.Enabled, "key_manager": string(key.KeyManager), "key_spec": string(key.KeySpec), "key_state": string(key.KeyState),
		"key_usage": string(key.KeyUsage), "multi_region": aws.ToBool(key.MultiRegion), "origin": string(key.Origin),
	}, nil
}
