// aws.kms.Key.
package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourceKey() *schema.Resource {
	policy := policySchema(32768)
	policy.Required, policy.Optional, policy.Computed = false, true, true
	return kind{
		title: "KMS Key",
		gone:  []string{"NotFoundException"},
		fields: withTags(texts(map[string]*schema.Schema{
			"customer_master_key_spec": forceNew(withDefault(schema.TypeString, string(types.KeySpecSymmetricDefault))),
			"deletion_window_in_days":  validated(optional(schema.TypeInt), validation.IntBetween(7, 30)),
			"description":              optionalComputed(schema.TypeString),
			"enable_key_rotation":      withDefault(schema.TypeBool, false),
			"key_usage":                forceNew(withDefault(schema.TypeString, string(types.KeyUsageTypeEncryptDecrypt))),
			"multi_region":             forceNew(optionalComputed(schema.TypeBool)),
			"policy":                   policy,
		}, "arn", "key_id")),
		create: createKey,
		read:   readKey,
		update: updateKey,
		remove: removeKey,
	}.resource()
}

func kmsTag(key, value *string) types.Tag {
	return types.Tag{TagKey: key, TagValue: value}
}

func createKey(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	output, err := c.kms(d).CreateKey(ctx, &kms.CreateKeyInput{
		Description: nonEmpty(d.Get("description")),
		KeySpec:     types.KeySpec(d.Get("customer_master_key_spec").(string)),
		KeyUsage:    types.KeyUsageType(d.Get("key_usage").(string)),
		MultiRegion: aws.Bool(d.Get("multi_region").(bool)),
		Policy:      nonEmpty(d.Get("policy")),
		Tags:        convertTags(c.mergedTags(d.Get("tags")), kmsTag),
	})
	if err != nil {
		return "", err
	}
	d.SetId(aws.ToString(output.KeyMetadata.KeyId))
	if d.Get("enable_key_rotation").(bool) {
		err = setRotation(ctx, d, c.kms(d))
	}
	return d.Id(), err
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

func readKey(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	conn, id := c.kms(d), aws.String(d.Id())
	output, err := conn.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
	if err != nil || output.KeyMetadata.DeletionDate != nil {
		return nil, err
	}
	policy, err := conn.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: id, PolicyName: aws.String("default")})
	if err != nil {
		return nil, fmt.Errorf("its policy: %w", err)
	}
	rotation, err := conn.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: id})
	if err != nil {
		return nil, fmt.Errorf("its rotation: %w", err)
	}
	tags, err := conn.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: id})
	if err != nil {
		return nil, fmt.Errorf("its tags: %w", err)
	}
	document := aws.ToString(policy.Policy)
	if current := d.Get("policy").(string); equivalent(current, document) {
		document = current
	}
	document, err = normalizePolicy(document)
	key := output.KeyMetadata
	return map[string]any{
		"arn": key.Arn, "customer_master_key_spec": string(key.KeySpec), "description": key.Description,
		"enable_key_rotation": rotation.KeyRotationEnabled, "key_id": key.KeyId, "key_usage": string(key.KeyUsage),
		"multi_region": aws.ToBool(key.MultiRegion), "policy": document,
		"tags_all": tagMap(tags.Tags, func(tag types.Tag) (key, value *string) { return tag.TagKey, tag.TagValue }),
	}, err
}

func updateKey(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	conn, key, errs := c.kms(d), aws.String(d.Id()), []error{}
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
	return errors.Join(append(errs, retag(d, func(keys []string) error {
		_, err := conn.UntagResource(ctx, &kms.UntagResourceInput{KeyId: key, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagResource(ctx, &kms.TagResourceInput{KeyId: key, Tags: convertTags(tags, kmsTag)})
		return err
	}))...)
}

func removeKey(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	input := &kms.ScheduleKeyDeletionInput{KeyId: aws.String(d.Id())}
	if days := d.Get("deletion_window_in_days").(int); days > 0 {
		input.PendingWindowInDays = aws.Int32(int32(days))
	}
	_, err := c.kms(d).ScheduleKeyDeletion(ctx, input)
	return err
}
