// The data sources that say where one is: partition, Region, caller.
package main

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func dataPartition() *schema.Resource {
	return &schema.Resource{
		ReadContext: dataPartitionRead,
		Schema: map[string]*schema.Schema{
			"dns_suffix":         computed(schema.TypeString),
			"partition":          computed(schema.TypeString),
			"reverse_dns_prefix": computed(schema.TypeString),
		},
	}
}

func dataPartitionRead(_ context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	partition, _ := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), meta.(*awsClient).region)
	labels := strings.Split(partition.DNSSuffix(), ".")
	slices.Reverse(labels)
	d.SetId(meta.(*awsClient).partition)
	return diag.FromErr(setAll(d, map[string]any{
		"dns_suffix": partition.DNSSuffix(), "partition": meta.(*awsClient).partition, "reverse_dns_prefix": strings.Join(labels, "."),
	}))
}

func dataRegion() *schema.Resource {
	input := func() *schema.Schema {
		return &schema.Schema{Type: schema.TypeString, Optional: true, Computed: true}
	}
	return &schema.Resource{
		ReadContext: dataRegionRead,
		Schema: map[string]*schema.Schema{
			"description": computed(schema.TypeString),
			"endpoint":    input(),
			"name":        input(),
			"region":      input(),
		},
	}
}

func dataRegionRead(_ context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	id := meta.(*awsClient).region
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
		return diag.Errorf("finding Region (%s): no such Region", id)
	}
	d.SetId(id)
	return diag.FromErr(setAll(d, map[string]any{
		"description": region.Description(), "endpoint": "ec2." + id + "." + partition.DNSSuffix(), "name": id, "region": id,
	}))
}

func dataCallerIdentity() *schema.Resource {
	return &schema.Resource{
		ReadContext: dataCallerIdentityRead,
		Schema: map[string]*schema.Schema{
			"account_id": computed(schema.TypeString),
			"arn":        computed(schema.TypeString),
			"user_id":    computed(schema.TypeString),
		},
	}
}

func dataCallerIdentityRead(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
	output, err := stsClient(meta).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return diag.Errorf("reading STS Caller Identity: %s", err)
	}
	d.SetId(*output.Account)
	return diag.FromErr(setAll(d, map[string]any{
		"account_id": output.Account, "arn": output.Arn, "user_id": output.UserId,
	}))
}
