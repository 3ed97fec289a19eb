// aws.kms.Key.
package main

import (
	"context"
	"errors"
	"fmt"

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
	if d.Get("enable_key_rotation").(bool) {
		if err := setRotation(ctx, d, kmsClient(d, meta)); err != nil {
			return diag.Errorf("creating KMS Key (%s): %s", d.Id(), err)
		}
	}
	return keyRead(ctx, d, meta)
}

func setRotation(ctx context.Context, d *schema.ResourceData, conn *kms.Client) error {
	key := aws.String(d.Id())
	if d.Get("enable_key_rotation").(bool) {
		_, err := conn.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: key})
		return err
	}
	_, err := conn.DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: key})
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
		"key_id": key.KeyId, "key_usage": string(key.KeyUsage),
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
	conn, key, errs := kmsClient(d, meta), aws.String(d.Id()), []error{}
	if d.HasChange("description") {
		_, err := conn.UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{
			KeyId: key, Description: aws.String(d.Get("description").(string)),
		})
		errs = append(errs, err)
	}
	if d.HasChange("policy") {
		_, err := conn.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{
			KeyId: key, PolicyName: aws.String("default"), Policy: aws.String(d.Get("policy").(string)),
		})
		errs = append(errs, err)
	}
	if d.HasChange("enable_key_rotation") {
		errs = append(errs, setRotation(ctx, d, conn))
	}
	errs = append(errs, retag(d, func(keys []string) error {
		_, err := conn.UntagResource(ctx, &kms.UntagResourceInput{KeyId: key, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagResource(ctx, &kms.TagResourceInput{KeyId: key, Tags: convertMap(tags, kmsTag)})
		return err
	}))
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
