// aws.cloudwatch.LogGroup.
package main

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func resourceLogGroup() *schema.Resource {
	return &schema.Resource{
		CreateContext: logGroupCreate,
		ReadContext:   logGroupRead,
		UpdateContext: logGroupUpdate,
		DeleteContext: logGroupDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		CustomizeDiff: planTags,
		Schema: withTags(map[string]*schema.Schema{
			"arn":               computed(schema.TypeString),
			"kms_key_id":        validated(optional(schema.TypeString), validARN),
			"log_group_class":   {Type: schema.TypeString, Optional: true, Computed: true, ForceNew: true},
			"name":              validated(nameSchema(512), nil),
			"name_prefix":       validated(namePrefixSchema(512), nil),
			"retention_in_days": withDefault(schema.TypeInt, 0),
			"skip_destroy":      withDefault(schema.TypeBool, false),
		}),
	}
}

func logGroupCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := chosenName(d)
	input := &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName:  aws.String(name),
		KmsKeyId:      nonEmpty(d.Get("kms_key_id")),
		LogGroupClass: types.LogGroupClass(d.Get("log_group_class").(string)),
	}
	if tags := mergedTags(d.Get("tags"), meta); len(tags) > 0 {
		input.Tags = tags
	}
	if _, err := logsClient(d, meta).CreateLogGroup(ctx, input); err != nil {
		return diag.Errorf("creating CloudWatch Logs Log Group (%s): %s", name, err)
	}
	d.SetId(name)
	if err := putRetention(ctx, d, meta); err != nil {
		return diag.Errorf("setting CloudWatch Logs Log Group (%s) retention policy: %s", name, err)
	}
	return logGroupRead(ctx, d, meta)
}

func putRetention(ctx context.Context, d *schema.ResourceData, meta any) error {
	if !d.HasChange("retention_in_days") {
		return nil
	}
	conn, name, days := logsClient(d, meta), aws.String(d.Id()), d.Get("retention_in_days").(int)
	if days == 0 {
		_, err := conn.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: name})
		return err
	}
	_, err := conn.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{
		LogGroupName: name, RetentionInDays: aws.Int32(int32(days)),
	})
	return err
}

func logGroupRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn := logsClient(d, meta)
	group, err := findLogGroup(ctx, conn, d.Id())
	if err != nil {
		return diag.Errorf("reading CloudWatch Logs Log Group (%s): %s", d.Id(), err)
	}
	if group == nil {
		d.SetId("")
		return nil
	}
	arn := strings.TrimSuffix(aws.ToString(group.Arn), ":*")
	output, err := conn.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil {
		return diag.Errorf("reading CloudWatch Logs Log Group (%s) tags: %s", d.Id(), err)
	}
	return diag.FromErr(errors.Join(setTags(d, meta, output.Tags), setAll(d, map[string]any{
		"arn": arn, "kms_key_id": group.KmsKeyId, "log_group_class": string(group.LogGroupClass), "name": d.Id(),
		"name_prefix": prefixOf(d.Id()), "region": regionOf(d, meta), "retention_in_days": aws.ToInt32(group.RetentionInDays),
	})))
}

// findLogGroup finds nothing, without an error, when there is no such group: the API can only search by prefix.
func findLogGroup(ctx context.Context, conn *cloudwatchlogs.Client, name string) (*types.LogGroup, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(conn, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: aws.String(name),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, group := range page.LogGroups {
			if aws.ToString(group.LogGroupName) == name {
				return &group, nil
			}
		}
	}
	return nil, nil
}

func logGroupUpdate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn, name, errs := logsClient(d, meta), aws.String(d.Id()), []error{putRetention(ctx, d, meta)}
	if key := nonEmpty(d.Get("kms_key_id")); d.HasChange("kms_key_id") && key != nil {
		_, err := conn.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: name, KmsKeyId: key})
		errs = append(errs, err)
	} else if d.HasChange("kms_key_id") {
		_, err := conn.DisassociateKmsKey(ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: name})
		errs = append(errs, err)
	}
	arn := aws.String(d.Get("arn").(string))
	errs = append(errs, retag(d, func(keys []string) error {
		_, err := conn.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: arn, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: arn, Tags: tags})
		return err
	}))
	if err := errors.Join(errs...); err != nil {
		return diag.Errorf("updating CloudWatch Logs Log Group (%s): %s", d.Id(), err)
	}
	return logGroupRead(ctx, d, meta)
}

func logGroupDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	if d.Get("skip_destroy").(bool) {
		return nil
	}
	_, err := logsClient(d, meta).DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String(d.Id())})
	if err != nil && !isError(err, "ResourceNotFoundException") {
		return diag.Errorf("deleting CloudWatch Logs Log Group (%s): %s", d.Id(), err)
	}
	return nil
}
