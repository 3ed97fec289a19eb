// aws.kms.Key, and the data source that finds a key by id, alias or ARN.
package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourceKey() *schema.Resource {
	policy := policySchema(32768)
	policy.Required, policy.Optional, policy.Computed = false, true, true
	return &schema.Resource{
		CreateContext: keyCreate,
		ReadContext:   keyRead,
		UpdateContext: keyUpdate,
		DeleteContext: keyDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		CustomizeDiff: planTags,
		Schema: withTags(map[string]*schema.Schema{
			"arn":                      computed(schema.TypeString),
			"customer_master_key_spec": forceNew(withDefault(schema.TypeString, string(types.KeySpecSymmetricDefault))),
			"deletion_window_in_days":  validated(optional(schema.TypeInt), validation.IntBetween(7, 30)),
			"description":              {Type: schema.TypeString, Optional: true, Computed: true},
			"enable_key_rotation":      withDefault(schema.TypeBool, false),
			"is_enabled":               withDefault(schema.TypeBool, true),
			"key_id":                   computed(schema.TypeString),
			"key_usage":                forceNew(withDefault(schema.TypeString, string(types.KeyUsageTypeEncryptDecrypt))),
			"multi_region":             {Type: schema.TypeBool, Optional: true, Computed: true, ForceNew: true},
			"policy":                   policy,
		}),
	}
}

func kmsTag(key, value *string) types.Tag {
	return types.Tag{TagKey: key, TagValue: value}
}

func keyCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	output, err := kmsClient(d, meta).CreateKey(ctx, &kms.CreateKeyInput{
		Description: nonEmpty(d.Get("description")),
		KeySpec:     types.KeySpec(d.Get("customer_master_key_spec").(string)),
		KeyUsage:    types.KeyUsageType(d.Get("key_usage").(string)),
		MultiRegion: aws.Bool(d.Get("multi_region").(bool)),
		Policy:      nonEmpty(d.Get("policy")),
		Tags:        convertTags(d, meta, kmsTag),
	})
	if err != nil {
		return diag.Errorf("creating KMS Key: %s", err)
	}
	d.SetId(aws.ToString(output.KeyMetadata.KeyId))
	if err := updateKeySwitches(ctx, d, kmsClient(d, meta), d.Get("enable_key_rotation").(bool), !d.Get("is_enabled").(bool)); err != nil {
		return diag.Errorf("creating KMS Key (%s): %s", d.Id(), err)
	}
	return keyRead(ctx, d, meta)
}

func updateKeySwitches(ctx context.Context, d *schema.ResourceData, conn *kms.Client, rotation, enabled bool) error {
	var err error
	switch {
	case rotation && d.Get("enable_key_rotation").(bool):
		_, err = conn.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: aws.String(d.Id())})
	case rotation:
		_, err = conn.DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: aws.String(d.Id())})
	}
	if err != nil || !enabled {
		return err
	}
	if d.Get("is_enabled").(bool) {
		_, err = conn.EnableKey(ctx, &kms.EnableKeyInput{KeyId: aws.String(d.Id())})
	} else {
		_, err = conn.DisableKey(ctx, &kms.DisableKeyInput{KeyId: aws.String(d.Id())})
	}
	return err
}

func keyRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn := kmsClient(d, meta)
	output, err := conn.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(d.Id())})
	gone := isError(err, "NotFoundException") || err == nil && output.KeyMetadata.DeletionDate != nil
	if gone && !d.IsNewResource() {
		d.SetId("")
		return nil
	}
	if err != nil {
		return diag.Errorf("reading KMS Key (%s): %s", d.Id(), err)
	}
	key := output.KeyMetadata
	policy, err := conn.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: aws.String(d.Id()), PolicyName: aws.String("default")})
	if err != nil {
		return diag.Errorf("reading KMS Key (%s) policy: %s", d.Id(), err)
	}
	document := aws.ToString(policy.Policy)
	if current := d.Get("policy").(string); equivalent(current, document) {
		document = current
	}
	document, err = normalizePolicy(document)
	return diag.FromErr(errors.Join(err, readKeyTags(ctx, d, meta), setAll(d, map[string]any{
		"arn": key.Arn, "customer_master_key_spec": string(key.KeySpec), "description": key.Description,
		"is_enabled": key.Enabled, "key_id": key.KeyId, "key_usage": string(key.KeyUsage),
		"multi_region": aws.ToBool(key.MultiRegion), "policy": document, "region": regionOf(d, meta),
	})))
}

func readKeyTags(ctx context.Context, d *schema.ResourceData, meta any) error {
	conn, tags := kmsClient(d, meta), map[string]string{}
	rotation, err := conn.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: aws.String(d.Id())})
	if err != nil {
		return fmt.Errorf("reading KMS Key (%s) rotation: %w", d.Id(), err)
	}
	output, err := conn.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: aws.String(d.Id())})
	if err != nil {
		return fmt.Errorf("reading KMS Key (%s) tags: %w", d.Id(), err)
	}
	for _, tag := range output.Tags {
		tags[aws.ToString(tag.TagKey)] = aws.ToString(tag.TagValue)
	}
	return errors.Join(d.Set("enable_key_rotation", rotation.KeyRotationEnabled), setTags(d, meta, tags))
}

func keyUpdate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn, errs := kmsClient(d, meta), []error{}
	if d.HasChange("description") {
		_, err := conn.UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{
			KeyId: aws.String(d.Id()), Description: aws.String(d.Get("description").(string)),
		})
		errs = append(errs, err)
	}
	if d.HasChange("policy") {
		_, err := conn.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{
			KeyId: aws.String(d.Id()), PolicyName: aws.String("default"), Policy: aws.String(d.Get("policy").(string)),
		})
		errs = append(errs, err)
	}
	errs = append(errs, updateKeySwitches(ctx, d, conn, d.HasChange("enable_key_rotation"), d.HasChange("is_enabled")))
	removed, written := changedTags(d)
	if len(removed) > 0 {
		_, err := conn.UntagResource(ctx, &kms.UntagResourceInput{KeyId: aws.String(d.Id()), TagKeys: removed})
		errs = append(errs, err)
	}
	if len(written) > 0 {
		_, err := conn.TagResource(ctx, &kms.TagResourceInput{KeyId: aws.String(d.Id()), Tags: convertMap(written, kmsTag)})
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return diag.Errorf("updating KMS Key (%s): %s", d.Id(), err)
	}
	return keyRead(ctx, d, meta)
}

func keyDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	input := &kms.ScheduleKeyDeletionInput{KeyId: aws.String(d.Id())}
	if days := d.Get("deletion_window_in_days").(int); days > 0 {
		input.PendingWindowInDays = aws.Int32(int32(days))
	}
	_, err := kmsClient(d, meta).ScheduleKeyDeletion(ctx, input)
	if err != nil && !isError(err, "NotFoundException") {
		return diag.Errorf("deleting KMS Key (%s): %s", d.Id(), err)
	}
	return nil
}

var keyIDFormat = regexp.MustCompile(`^(arn:[^:]+:kms:[^:]+:\d{12}:(key/|alias/)[a-zA-Z0-9/_-]+|alias/[a-zA-Z0-9/_-]+|(mrk-)?[a-zA-Z0-9-]+)$`)

func dataKey() *schema.Resource {
	region := computedBlocks(map[string]*schema.Schema{"arn": computed(schema.TypeString), "region": computed(schema.TypeString)})
	fields := map[string]*schema.Schema{
		"enabled":                         computed(schema.TypeBool),
		"grant_tokens":                    {Type: schema.TypeList, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}},
		"key_id":                          validated(required(), validation.StringMatch(keyIDFormat, "must be a KMS key id, alias or ARN")),
		"multi_region":                    computed(schema.TypeBool),
		"pending_deletion_window_in_days": computed(schema.TypeInt),
		"multi_region_configuration": computedBlocks(map[string]*schema.Schema{
			"multi_region_key_type": computed(schema.TypeString), "primary_key": region, "replica_keys": region,
		}),
		"xks_key_configuration": computedBlocks(map[string]*schema.Schema{"id": computed(schema.TypeString)}),
	}
	for _, name := range []string{
		"arn", "aws_account_id", "cloud_hsm_cluster_id", "creation_date", "custom_key_store_id", "customer_master_key_spec", "deletion_date",
		"description", "expiration_model", "key_manager", "key_spec", "key_state", "key_usage", "origin", "valid_to",
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
		"enabled": key.Enabled, "key_manager": string(key.KeyManager), "key_spec": string(key.KeySpec),
		"key_state": string(key.KeyState), "key_usage": string(key.KeyUsage), "multi_region": aws.ToBool(key.MultiRegion),
		"multi_region_configuration": multiRegion(key.MultiRegionConfiguration), "origin": string(key.Origin), "region": regionOf(d, meta),
	}))
}

func rfc3339(moment *time.Time) string {
	if moment == nil {
		return ""
	}
	return moment.Format(time.RFC3339)
}

func multiRegion(configuration *types.MultiRegionConfiguration) []any {
	if configuration == nil {
		return nil
	}
	key := func(k types.MultiRegionKey) map[string]any {
		return map[string]any{"arn": aws.ToString(k.Arn), "region": aws.ToString(k.Region)}
	}
	result := map[string]any{"multi_region_key_type": string(configuration.MultiRegionKeyType)}
	if configuration.PrimaryKey != nil {
		result["primary_key"] = []any{key(*configuration.PrimaryKey)}
	}
	var replicas []any
	for _, replica := range configuration.ReplicaKeys {
		replicas = append(replicas, key(replica))
	}
	result["replica_keys"] = replicas
	return []any{result}
}
