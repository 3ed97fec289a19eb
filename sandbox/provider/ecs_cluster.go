// aws.ecs.Cluster, with the configuration of ECS Exec and without its other settings.
package main

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/validation"
)

func resourceCluster() *schema.Resource {
	return &schema.Resource{
		CreateContext: clusterCreate,
		ReadContext:   clusterRead,
		UpdateContext: clusterUpdate,
		DeleteContext: clusterDelete,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		CustomizeDiff: planTags,
		Schema: withTags(map[string]*schema.Schema{
			"arn":           computed(schema.TypeString),
			"configuration": oneBlock(map[string]*schema.Schema{"execute_command_configuration": oneBlock(executeCommandSchema())}),
			"name":          forceNew(required()),
		}),
	}
}

func oneBlock(fields map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{Type: schema.TypeList, Optional: true, MaxItems: 1, Elem: &schema.Resource{Schema: fields}}
}

func executeCommandSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"kms_key_id": optional(schema.TypeString),
		"log_configuration": oneBlock(map[string]*schema.Schema{
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

func clusterCreate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	name := d.Get("name").(string)
	output, err := ecsClient(d, meta).CreateCluster(ctx, &ecs.CreateClusterInput{
		ClusterName: aws.String(name), Configuration: clusterConfiguration(d), Tags: convertTags(d, meta, ecsTag),
	})
	if err != nil {
		return diag.Errorf("creating ECS Cluster (%s): %s", name, err)
	}
	d.SetId(aws.ToString(output.Cluster.ClusterArn))
	return clusterRead(ctx, d, meta)
}

func clusterRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	output, err := ecsClient(d, meta).DescribeClusters(ctx, &ecs.DescribeClustersInput{
		Clusters: []string{d.Id()}, Include: []types.ClusterField{types.ClusterFieldConfigurations, types.ClusterFieldTags},
	})
	if err != nil {
		return diag.Errorf("reading ECS Cluster (%s): %s", d.Id(), err)
	}
	if len(output.Clusters) == 0 || aws.ToString(output.Clusters[0].Status) == "INACTIVE" {
		d.SetId("")
		return nil
	}
	cluster, tags := output.Clusters[0], map[string]string{}
	for _, tag := range cluster.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return diag.FromErr(errors.Join(setTags(d, meta, tags), setAll(d, map[string]any{
		"arn": cluster.ClusterArn, "configuration": configurationBlock(cluster.Configuration),
		"name": cluster.ClusterName, "region": regionOf(d, meta),
	})))
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

func clusterUpdate(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	conn, arn, errs := ecsClient(d, meta), aws.String(d.Id()), []error{}
	if d.HasChange("configuration") {
		_, err := conn.UpdateCluster(ctx, &ecs.UpdateClusterInput{Cluster: arn, Configuration: clusterConfiguration(d)})
		errs = append(errs, err)
	}
	errs = append(errs, retag(d, func(keys []string) error {
		_, err := conn.UntagResource(ctx, &ecs.UntagResourceInput{ResourceArn: arn, TagKeys: keys})
		return err
	}, func(tags map[string]string) error {
		_, err := conn.TagResource(ctx, &ecs.TagResourceInput{ResourceArn: arn, Tags: convertMap(tags, ecsTag)})
		return err
	}))
	if err := errors.Join(errs...); err != nil {
		return diag.Errorf("updating ECS Cluster (%s): %s", d.Id(), err)
	}
	return clusterRead(ctx, d, meta)
}

func clusterDelete(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	_, err := ecsClient(d, meta).DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: aws.String(d.Id())})
	if err != nil && !isError(err, "ClusterNotFoundException") {
		return diag.Errorf("deleting ECS Cluster (%s): %s", d.Id(), err)
	}
	return nil
}
