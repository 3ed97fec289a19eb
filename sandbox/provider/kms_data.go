// The KMS data sources: a key by id, alias or ARN, and an alias by name.
package main

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

var keyIDFormat = regexp.MustCompile(`^(arn:[^:]+:kms:[^:]+:\d{12}:(key/|alias/)[a-zA-Z0-9/_-]+|alias/[a-zA-Z0-9/_-]+|(mrk-)?[a-zA-Z0-9-]+)$`)

func dataKey() *schema.Resource {
	fields := map[string]*schema.Schema{
		"enabled":      computed(schema.TypeBool),
		"grant_tokens": {Type: schema.TypeList, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}},
		"key_id":       validated(required(), validation.StringMatch(keyIDFormat, "must be a KMS key id, alias or ARN")),
		"multi_region": computed(schema.TypeBool),
	}
	for _, name := range []string{
		"arn", "aws_account_id", "creation_date", "customer_master_key_spec", "deletion_date", "description", "key_manager", "key_spec",
		"key_state", "key_usage", "origin",
	} {
		fields[name] = computed(schema.TypeString)
	}
	return &schema.Resource{ReadContext: dataKeyRead, Schema: fields}
}

func dataKeyRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	input := &kms.DescribeKeyInput{KeyId: aws.String(d.Get("key_id").(string))}
	for _, token := range d.Get("grant_tokens").([]any) {
		input.GrantTokens = append(input.GrantTokens, token.(string))
	}
	output, err := kmsClient(d, meta).DescribeKey(ctx, input)
	if err != nil {
		return diag.Errorf("reading KMS Key (%s): %s", aws.ToString(input.KeyId), err)
	}
	key := output.KeyMetadata
	d.SetId(aws.ToString(key.KeyId))
	return diag.FromErr(setAll(d, map[string]any{
		"arn": key.Arn, "aws_account_id": key.AWSAccountId, "creation_date": rfc3339(key.CreationDate),
		"customer_master_key_spec": string(key.KeySpec), "deletion_date": rfc3339(key.DeletionDate), "description": key.Description,
		"enabled": key.Enabled, "key_manager": string(key.KeyManager), "key_spec": string(key.KeySpec), "key_state": string(key.KeyState),
		"key_usage": string(key.KeyUsage), "multi_region": aws.ToBool(key.MultiRegion), "origin": string(key.Origin),
		"region": regionOf(d, meta),
	}))
}

func dataAlias() *schema.Resource {
	return &schema.Resource{
		ReadContext: dataAliasRead,
		Schema: map[string]*schema.Schema{
			"arn":            computed(schema.TypeString),
			"name":           validated(required(), validation.StringMatch(aliasFormat, "must begin with 'alias/'")),
			"target_key_arn": computed(schema.TypeString),
			"target_key_id":  computed(schema.TypeString),
		},
	}
}

func dataAliasRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn, name := kmsClient(d, meta), d.Get("name").(string)
	alias, err := findAlias(ctx, conn, name)
	if err == nil && alias == nil {
		err = fmt.Errorf("couldn't find resource")
	}
	if err != nil {
		return diag.Errorf("reading KMS Alias (%s): %s", name, err)
	}
	output, err := conn.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(name)})
	if err != nil {
		return diag.Errorf("reading KMS Key (%s): %s", name, err)
	}
	d.SetId(aws.ToString(alias.AliasArn))
	return diag.FromErr(setAll(d, map[string]any{
		"arn": alias.AliasArn, "region": regionOf(d, meta),
		"target_key_arn": output.KeyMetadata.Arn, "target_key_id": output.KeyMetadata.KeyId,
	}))
}
