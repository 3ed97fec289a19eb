// The data sources that say where one is: partition, Region, caller.
package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func dataPartition() *schema.Resource {
	fields := texts(map[string]*schema.Schema{}, "dns_suffix", "partition", "reverse_dns_prefix")
	return source{title: "Partition", fields: fields, read: readPartition}.resource()
}

func readPartition(_ context.Context, _ *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	partition, _ := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), c.region)
	labels := strings.Split(partition.DNSSuffix(), ".")
	slices.Reverse(labels)
	return c.partition, map[string]any{
		"dns_suffix": partition.DNSSuffix(), "partition": c.partition, "reverse_dns_prefix": strings.Join(labels, "."),
	}, nil
}

func dataRegion() *schema.Resource {
	fields := map[string]*schema.Schema{"description": computed(schema.TypeString)}
	for _, name := range []string{"endpoint", "name", "region"} {
		fields[name] = optionalComputed(schema.TypeString)
	}
	return source{title: "Region", fields: fields, read: readRegion}.resource()
}

func readRegion(_ context.Context, d *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	id := c.region
	for _, argument := range []string{"name", "region"} {
		if value := d.Get(argument).(string); value != "" {
			id = value
		}
	}
	if endpoint := d.Get("endpoint").(string); endpoint != "" {
		id = strings.Split(strings.TrimPrefix(endpoint, "ec2."), ".")[0]
	}
	partition, _ := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), id)
	region, found := partition.Regions()[id]
	if !found {
		return id, nil, errors.New("no such Region")
	}
	return id, map[string]any{
		"description": region.Description(), "endpoint": "ec2." + id + "." + partition.DNSSuffix(), "name": id, "region": id,
	}, nil
}

func dataCallerIdentity() *schema.Resource {
	fields := texts(map[string]*schema.Schema{}, "account_id", "arn", "user_id")
	return source{title: "STS Caller Identity", fields: fields, read: readCallerIdentity}.resource()
}

func readCallerIdentity(ctx context.Context, _ *schema.ResourceData, c *awsClient) (string, map[string]any, error) {
	output, err := c.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", nil, err
	}
	return aws.ToString(output.Account), map[string]any{
		"account_id": output.Account, "arn": output.Arn, "user_id": output.UserId,
	}, nil
}
