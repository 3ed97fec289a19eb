// aws.ecs.Cluster, with the configuration of ECS Exec and without its other settings.
package main

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourceCluster() *schema.Resource {
	return kind{
		title: "ECS Cluster",
		gone:  []string{"ClusterNotFoundException"},
		fields: withTags(map[string]*schema.Schema{
			"arn":           computed(schema.TypeString),
			"configuration": block(map[string]*schema.Schema{"execute_command_configuration": block(executeCommandSchema())}),
			"name":          forceNew(required()),
		}),
		create: createCluster,
		read:   readCluster,
		update: updateCluster,
		remove: removeCluster,
	}.resource()
}

func executeCommandSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"kms_key_id": optional(schema.TypeString),
		"log_configuration": block(map[string]*schema.Schema{
			"cloud_watch_encryption_enabled": optional(schema.TypeBool),
			"cloud_watch_log_group_name":     optional(schema.TypeString),
			"s3_bucket_encryption_enabled":   optional(schema.TypeBool),
			"s3_bucket_name":                 optional(schema.TypeString),
			"s3_key_prefix":                  optional(schema.TypeString),
		}),
		"logging": validated(
			withDefault(schema.TypeString, string(types.ExecuteCommandLoggingDefault)),
			validation.StringInSlice([]string{"NONE", "DEFAULT", "OVERRIDE"}, false),
		),
	}
}

func clusterConfiguration(d *schema.ResourceData) *types.ClusterConfiguration {
	command, given := firstBlock(d.Get("configuration.0.execute_command_configuration"))
	if !given {
		return nil
	}
	result := &types.ExecuteCommandConfiguration{
		KmsKeyId: nonEmpty(command["kms_key_id"]), Logging: types.ExecuteCommandLogging(command["logging"].(string)),
	}
	if log, given := firstBlock(command["log_configuration"]); given {
		result.LogConfiguration = &types.ExecuteCommandLogConfiguration{
			CloudWatchEncryptionEnabled: log["cloud_watch_encryption_enabled"].(bool),
			CloudWatchLogGroupName:      nonEmpty(log["cloud_watch_log_group_name"]),
			S3BucketName:                nonEmpty(log["s3_bucket_name"]),
			S3EncryptionEnabled:         log["s3_bucket_encryption_enabled"].(bool),
			S3KeyPrefix:                 nonEmpty(log["s3_key_prefix"]),
		}
	}
	return &types.ClusterConfiguration{ExecuteCommandConfiguration: result}
}

func firstBlock(value any) (map[string]any, bool) {
	blocks, _ := value.([]any)
	if len(blocks) == 0 {
		return nil, false
	}
	block, given := blocks[0].(map[string]any)
	return block, given
}

func ecsTag(key, value *string) types.Tag {
	return types.Tag{Key: key, Value: value}
}

func createCluster(ctx context.Context, d *schema.ResourceData, c *awsClient) (string, error) {
	name := d.Get("name").(string)
	output, err := c.ecs(d).CreateCluster(ctx, &ecs.CreateClusterInput{
		ClusterName: aws.String(name), Configuration: clusterConfiguration(d), Tags: convertTags(c.mergedTags(d.Get("tags")), ecsTag),
	})
	if err != nil {
		return name, err
	}
	return aws.ToString(output.Cluster.ClusterArn), nil
}

func readCluster(ctx context.Context, d *schema.ResourceData, c *awsClient) (map[string]any, error) {
	output, err := c.ecs(d).DescribeClusters(ctx, &ecs.DescribeClustersInput{
		Clusters: []string{d.Id()}, Include: []types.ClusterField{types.ClusterFieldConfigurations, types.ClusterFieldTags},
	})
	if err != nil || len(output.Clusters) == 0 || aws.ToString(output.Clusters[0].Status) == "INACTIVE" {
		return nil, err
	}
	cluster := output.Clusters[0]
	tags := tagMap(cluster.Tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value })
	return map[string]any{
		"arn": cluster.ClusterArn, "configuration": configurationBlock(cluster.Configuration), "name": cluster.ClusterName,
		"tags_all": tags,
	}, nil
}

func configurationBlock(configuration *types.ClusterConfiguration) []any {
	if configuration == nil || configuration.ExecuteCommandConfiguration == nil {
		return nil
	}
	command := configuration.ExecuteCommandConfiguration
	block := map[string]any{"kms_key_id": aws.ToString(command.KmsKeyId), "logging": string(command.Logging)}
	if log := command.LogConfiguration; log != nil {
		block["log_configuration"] = []any{map[string]any{
			"cloud_watch_encryption_enabled": log.CloudWatchEncryptionEnabled,
			"cloud_watch_log_group_name":     aws.ToString(log.CloudWatchLogGroupName),
			"s3_bucket_encryption_enabled":   log.S3EncryptionEnabled,
			"s3_bucket_name":                 aws.ToString(log.S3BucketName),
			"s3_key_prefix":                  aws.ToString(log.S3KeyPrefix),
		}}
	}
	return []any{map[string]any{"execute_command_configuration": []any{block}}}
}

func updateCluster(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	conn, arn, errs := c.ecs(d), aws.String(d.Id()), []error{}
	if d.HasChange("configuration") {
		_, err := conn.UpdateCluster(ctx, &ecs.UpdateClusterInput{Cluster: arn, Configuration: clusterConfiguration(d)})
		errs = append(errs, err)
	}
	return errors.Join(append(errs, retag(d, func(keys []string) error {
		_, err := conn.UntagResource(ctx, &ecs.UntagResourceInput{ResourceArn: arn, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagResource(ctx, &ecs.TagResourceInput{ResourceArn: arn, Tags: convertTags(tags, ecsTag)})
		return err
	}))...)
}

func removeCluster(ctx context.Context, d *schema.ResourceData, c *awsClient) error {
	_, err := c.ecs(d).DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: aws.String(d.Id())})
	return err
}
