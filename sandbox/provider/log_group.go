// aws.cloudwatch.LogGroup.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func resourceLogGroup() *schema.Resource {
	return kind{
		title: "CloudWatch Logs Log Group",
		gone:  []string{"ResourceNotFoundException"},
		fields: withTags(map[string]*schema.Schema{
			"arn":               computed(schema.TypeString),
			"kms_key_id":        validated(optional(schema.TypeString), validARN),
			"log_group_class":   forceNew(optionalComputed(schema.TypeString)),
			"name":              nameInstead("name_prefix", nil),
			"name_prefix":       nameInstead("name", nil),
			"retention_in_days": withDefault(schema.TypeInt, 0),
			"skip_destroy":      withDefault(schema.TypeBool, false),
		}),
		create: createLogGroup,
		read:   readLogGroup,
		update: updateLogGroup,
		remove: removeLogGroup,
	}.resource()
}

func createLogGroup(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	name := chosenName(d)
	input := &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName:  aws.String(name),
		KmsKeyId:      nonEmpty(d.Get("kms_key_id")),
		LogGroupClass: types.LogGroupClass(d.Get("log_group_class").(string)),
	}
	if tags := c.mergedTags(d.Get("tags")); len(tags) > 0 {
		input.Tags = tags
	}
	if _, err := c.logs(d).CreateLogGroup(ctx, input); err != nil {
		return name, err
	}
	d.SetId(name)
	return name, putRetention(ctx, d, c)
}

func putRetention(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	if !d.HasChange("retention_in_days") {
		return nil
	}
	conn, name, days := c.logs(d), aws.String(d.Id()), d.Get("retention_in_days").(int)
	if days == 0 {
		_, err := conn.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: name})
		return err
	}
	_, err := conn.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{
		LogGroupName: name, RetentionInDays: aws.Int32(int32(days)),
	})
	return err
}

func readLogGroup(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	conn := c.logs(d)
	group, err := findLogGroup(ctx, conn, d.Id())
	if err != nil || group == nil {
		return nil, err
	}
	arn := strings.TrimSuffix(aws.ToString(group.Arn), ":*")
	output, err := conn.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil {
		return nil, fmt.Errorf("its tags: %w", err)
	}
	return map[string]any{
		"arn": arn, "kms_key_id": group.KmsKeyId, "log_group_class": string(group.LogGroupClass), "name": d.Id(),
		"name_prefix": prefixOf(d.Id()), "retention_in_days": aws.ToInt32(group.RetentionInDays), "tags_all": output.Tags,
	}, nil
}

// findLogGroup finds nothing, without an error, when there is no such group: the API can only search by prefix.
func findLogGroup(ctx context.Context, conn *cloudwatchlogs.Client, name string) (found *types.LogGroup, err error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(conn, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: aws.String(name),
	})
	err = eachPage(ctx, pages, func(page *cloudwatchlogs.DescribeLogGroupsOutput) {
		for _, group := range page.LogGroups {
			if aws.ToString(group.LogGroupName) == name {
				found = &group
			}
		}
	})
	return found, err
}

func updateLogGroup(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	conn, name, errs := c.logs(d), aws.String(d.Id()), []error{putRetention(ctx, d, c)}
	if key := nonEmpty(d.Get("kms_key_id")); d.HasChange("kms_key_id") && key != nil {
		_, err := conn.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: name, KmsKeyId: key})
		errs = append(errs, err)
	} else if d.HasChange("kms_key_id") {
		_, err := conn.DisassociateKmsKey(ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: name})
		errs = append(errs, err)
	}
	arn := aws.String(d.Get("arn").(string))
	return errors.Join(append(errs, retag(d, func(keys []string) error {
		_, err := conn.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: arn, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: arn, Tags: tags})
		return err
	}))...)
}

func removeLogGroup(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	if d.Get("skip_destroy").(bool) {
		return nil
	}
	_, err := c.logs(d).DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String(d.Id())})
	return err
}
