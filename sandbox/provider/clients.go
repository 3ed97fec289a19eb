// One AWS SDK client per service, with the configured endpoint and, for regional services, the Region that the resource is in.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/customdiff"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

func iamClient(meta any) *iam.Client {
	c := meta.(*awsClient)
	return iam.NewFromConfig(c.config, func(o *iam.Options) { o.BaseEndpoint = c.endpoint("iam") })
}

func stsClient(meta any) *sts.Client {
	c := meta.(*awsClient)
	return sts.NewFromConfig(c.config, func(o *sts.Options) { o.BaseEndpoint = c.endpoint("sts") })
}

func kmsClient(d *schema.ResourceData, meta any) *kms.Client {
	c := meta.(*awsClient)
	return kms.NewFromConfig(c.config, func(o *kms.Options) {
		o.BaseEndpoint, o.Region = c.endpoint("kms"), regionOf(d, meta)
	})
}

func s3Client(d *schema.ResourceData, meta any) *s3.Client {
	c := meta.(*awsClient)
	return s3.NewFromConfig(c.config, func(o *s3.Options) {
		o.BaseEndpoint, o.Region, o.UsePathStyle = c.endpoint("s3"), regionOf(d, meta), c.s3PathStyle
	})
}

func ssmClient(d *schema.ResourceData, meta any) *ssm.Client {
	c := meta.(*awsClient)
	return ssm.NewFromConfig(c.config, func(o *ssm.Options) {
		o.BaseEndpoint, o.Region = c.endpoint("ssm"), regionOf(d, meta)
	})
}

func logsClient(d *schema.ResourceData, meta any) *cloudwatchlogs.Client {
	c := meta.(*awsClient)
	return cloudwatchlogs.NewFromConfig(c.config, func(o *cloudwatchlogs.Options) {
		o.BaseEndpoint, o.Region = c.endpoint("logs"), regionOf(d, meta)
	})
}

func ecsClient(d *schema.ResourceData, meta any) *ecs.Client {
	c := meta.(*awsClient)
	return ecs.NewFromConfig(c.config, func(o *ecs.Options) {
		o.BaseEndpoint, o.Region = c.endpoint("ecs"), regionOf(d, meta)
	})
}

func regionOf(d *schema.ResourceData, meta any) string {
	if region := d.Get("region").(string); region != "" {
		return region
	}
	return meta.(*awsClient).region
}

func regionSchema() *schema.Schema {
	return &schema.Schema{Type: schema.TypeString, Optional: true, Computed: true}
}

// regional gives a resource its own Region: the one in its arguments, or else the provider's, whose change replaces the resource.
func regional(r *schema.Resource) *schema.Resource {
	r.Schema["region"] = forceNew(regionSchema())
	if r.CustomizeDiff == nil {
		r.CustomizeDiff = planRegion
	} else {
		r.CustomizeDiff = customdiff.Sequence(planRegion, r.CustomizeDiff)
	}
	return r
}

func regionalData(r *schema.Resource) *schema.Resource {
	r.Schema["region"] = regionSchema()
	return r
}

func planRegion(_ context.Context, d *schema.ResourceDiff, meta any) error {
	if config := d.GetRawConfig(); !config.IsNull() && !config.GetAttr("region").IsNull() {
		return nil
	}
	return d.SetNew("region", meta.(*awsClient).region)
}
